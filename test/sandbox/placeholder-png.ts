/**
 * AWS sends a QR code of the seed beside the seed. Nothing of ours may read it, so the sandbox sends a valid
 * PNG of one grey pixel instead: a client that stores or shows the picture works, and no seed is in it.
 * Base64, as the wire carries blobs.
 */
export const placeholderPng =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';
