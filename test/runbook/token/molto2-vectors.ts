/** The published vectors of the Molto2, typed. */
import vectors from './token2-molto2-vectors.json';

export const molto2Vectors = vectors;
