/** Metadata that this engine would ignore. */
const unimplemented = [
  'userinfo_signed_response_alg',
  'userinfo_encrypted_response_alg',
  'userinfo_encrypted_response_enc',
  'introspection_signed_response_alg',
  'introspection_encrypted_response_alg',
  'introspection_encrypted_response_enc',
  'request_object_encryption_alg',
  'request_object_encryption_enc',
];

/** @throws TypeError naming the member */
export function refuseUnimplemented(metadata: Readonly<Record<string, unknown>>, where: string): void {
  const name = unimplemented.find((member) => metadata[member] !== undefined);
  if (name !== undefined) throw new TypeError(`${where}.${name} is not implemented by the embedded engine`);
}
