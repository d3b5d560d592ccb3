/** The published vectors, typed. */
import vectors from './token-vectors.json';

export const sm4Vectors = vectors.sm4;
export const token2Vectors = vectors.token2Single;

export function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** The seed of a vector by its name. */
export function vectorSeed(name: string): Uint8Array<ArrayBuffer> {
  const vector = token2Vectors.seed.find((candidate) => candidate.name === name);
  if (!vector) {
    throw new Error(`there is no seed vector "${name}"`);
  }
  return bytes(vector.seedHex);
}
