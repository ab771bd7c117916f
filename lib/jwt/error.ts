/** A JWT that is not what it has to be: the fault of whoever sent it, never of its keys. */
export class JwtError extends Error {
  readonly code = 'ERR_JWT';

  /** @param message what is wrong, to stand behind the name of the JWT: `has a wrong signature` */
  constructor(message: string) {
    super(message);
    this.name = 'JwtError';
  }
}
