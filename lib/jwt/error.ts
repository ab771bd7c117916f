/** A JWT that breaks the rules: always its sender's fault, never that of the keys. */
export class JwtError extends Error {
  readonly code = 'ERR_JWT';

  /** @param message what is wrong, to follow the name of the JWT: `has a wrong signature` */
  constructor(message: string) {
    super(message);
    this.name = 'JwtError';
  }
}
