/** The phone that a {@link DeviceChange} is about. */
export interface ChangedPhone {
  id: string;
  name: string;
}

/** The passkey that a {@link DeviceChange} is about. */
export interface ChangedPasskey {
  /** base64url, as in approval records. */
  credentialId: string;
  name: string;
  /** A COSE_Key in base64url: `verifyApproval` needs it, so keep it with the records. */
  publicKey: string;
  /** Whether the passkey stays on one device, rather than in an account that syncs. */
  deviceBound: boolean;
}

interface Change {
  subject: string;
  at: Date;
}

/** A change of a user's phones and passkeys; `onChange` gets it before it takes effect. Plain data. */
export type DeviceChange =
  /** A new passkey, whose browser is a phone now. */
  | (Change & { type: 'passkeySetUp'; by: ConfirmedBy; phone: ChangedPhone; passkey: ChangedPasskey })
  /** A browser became a phone by an existing passkey. */
  | (Change & { type: 'phoneSignedIn'; phone: ChangedPhone; passkey: ChangedPasskey })
  /** `replaced`: its browser has become a phone of somebody else. */
  | (Change & { type: 'phoneRemoved'; by: ConfirmedBy | 'replaced'; phone: ChangedPhone })
  | (Change & { type: 'passkeyRemoved'; by: ConfirmedBy; passkey: ChangedPasskey });

/** What allowed it: an assertion by a passkey of the user, or `stepUp`. */
export type ConfirmedBy = 'passkey' | 'stepUp';
