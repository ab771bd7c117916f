/** What is wrong with an address; see {@link AddressError}. */
export type AddressErrorCode =
  /** It is not `https:`, not public, or a name that resolves to what is not. */
  | 'ERR_ADDRESS_NOT_PUBLIC'
  /** The host name is longer than a name may be. */
  | 'ERR_HOST_NAME';

/** An address that is not called. */
export class AddressError extends Error {
  readonly code: AddressErrorCode;

  constructor(code: AddressErrorCode, message: string) {
    super(message);
    this.name = 'AddressError';
    this.code = code;
  }
}

/** The refusal of what may not be called. @param why from `refusalOf` */
export function notPublic(why: string): AddressError {
  return new AddressError('ERR_ADDRESS_NOT_PUBLIC', why);
}

/** The refusal of a host that is not public, or whose name is not. */
export function whyNotPublic(host: string): string {
  return `${host} is not a public address, or resolves to one that is not`;
}
