/**
 * The request has something else in place of the client certificate. The endpoints answer `invalid_request`; the message can
 * be the `error_description` and holds no part of the request.
 */
export class MalformedCertificateError extends Error {
  readonly code = 'ERR_CERTIFICATE_MALFORMED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MalformedCertificateError';
  }
}
