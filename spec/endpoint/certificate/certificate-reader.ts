import type { IncomingMessage } from 'node:http';
import {
  type ClientCertificateOption,
  clientCertificateReader,
} from '../../../lib/endpoint/certificate/client-certificate.js';
import { certificateFromTls } from '../../../lib/endpoint/certificate/tls.js';

/** The reader of an option, for requests as Node has them. */
export function certificateReader(option: ClientCertificateOption | undefined) {
  const read = clientCertificateReader(option);
  return (req: IncomingMessage) =>
    read({
      host: req,
      headers: req.headers,
      get tlsCertificate() {
        return certificateFromTls(req.socket);
      },
    });
}
