/**
 * The request carries something where the client certificate should be, and it is none. The endpoints answer it as
 * `invalid_request`; the message is fit for `error_description` and holds no part of the request.
 */
export class MalformedCertificateError extends Error {
  readonly code = 'ERR_CERTIFICATE_MALFORMED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MalformedCertificateError';
  }
}
