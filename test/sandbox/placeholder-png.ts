/**
 * AWS sends a QR code in addition to the seed. Our code must not read it, so the sandbox sends a valid PNG of one
 * gray pixel instead: clients that store or show the picture work, and it contains no seed. In Base64, as blobs are
 * sent.
 */
export const placeholderPng =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';
