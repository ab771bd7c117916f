/** A secret that handles are sealed with: a string or bytes, of at least 32 bytes. */
export type HandleKey = string | Uint8Array;
