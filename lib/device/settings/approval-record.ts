/**
 * Proves that a user has approved a request. It is plain data; keep it as long as somebody may ask for proof. Binary
 * members are base64url.
 */
export interface ApprovalRecord {
  version: 1;
  /** The exact string that was shown and signed: the JSON of a `Shown`. */
  shown: string;
  /** The passkey. Its public key is in the `passkeySetUp` change that `onChange` got when it was set up. */
  credentialId: string;
  authenticatorData: string;
  clientDataJSON: string;
  signature: string;
}
