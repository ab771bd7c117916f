/** What is wrong with an address; see {@link AddressError}. */
export type AddressErrorCode =
  /** It is not `https:`, not public, or a name that resolves to an address that is not. */
  | 'ERR_ADDRESS_NOT_PUBLIC'
  /** The host name is too long. */
  | 'ERR_HOST_NAME';

/** An address that must not be called. */
export class AddressError extends Error {
  readonly code: AddressErrorCode;

  constructor(code: AddressErrorCode, message: string) {
    super(message);
    this.name = 'AddressError';
    this.code = code;
  }
}

/** Refuses a URL that must not be called. @param why from `refusalOf` */
export function notPublic(why: string): AddressError {
  return new AddressError('ERR_ADDRESS_NOT_PUBLIC', why);
}

/** Refuses a host that is not public, or whose name resolves to an address that is not. */
export function whyNotPublic(host: string): string {
  return `${host} is not a public address, or resolves to one that is not`;
}
