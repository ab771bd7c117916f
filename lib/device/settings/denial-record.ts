/** Says that a user has denied a request: plain data. No passkey signs it; a denial takes only the phone's cookie. */
export interface DenialRecord {
  version: 1;
  /** The request: the JSON of a `Shown`, in the language of the first of `texts`. */
  shown: string;
  /** Id of the phone that denied it. */
  phone: string;
  /** When, milliseconds since the epoch. */
  deniedAt: number;
  /** Whether the user said that they did not ask for it. */
  reported: boolean;
}
