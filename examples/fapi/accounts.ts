import { randomUUID, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { AuthleteApi } from 'ciba-backchannel';
import type { Request, RequestHandler } from 'express';

const statusOf: Readonly<Record<string, number>> = { BAD_REQUEST: 400, UNAUTHORIZED: 401, FORBIDDEN: 403 };

/**
 * A protected resource as FAPI 1.0 Baseline, section 6.2.1, describes it: bearer tokens from the header only, bound to
 * the certificate of the connection, and an interaction id on every answer. (`Date` is Node's.)
 */
export function accounts(authlete: Pick<AuthleteApi, 'introspection'>): RequestHandler {
  return async (req, res) => {
    res.set('x-fapi-interaction-id', req.get('x-fapi-interaction-id') || randomUUID());
    res.set('Cache-Control', 'no-store');
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(req.get('authorization') ?? '')?.[1];
    if (token === undefined) {
      res.set('WWW-Authenticate', 'Bearer').status(401).json({ error: 'invalid_token' });
      return;
    }
    try {
      const answer = await authlete.introspection({ token, clientCertificate: certificateOf(req) });
      if (answer.action === 'OK') {
        res.json({ accounts: [{ id: `${answer.subject}-current`, currency: 'EUR', balance: '1234.56' }] });
        return;
      }
      const status = statusOf[answer.action] ?? 500;
      if (answer.responseContent) res.set('WWW-Authenticate', answer.responseContent);
      res.status(status).json({ error: status === 500 ? 'server_error' : 'invalid_token' });
    } catch {
      res.status(500).json({ error: 'server_error' });
    }
  };
}

function certificateOf(req: Request): string | undefined {
  const { raw } = (req.socket as TLSSocket).getPeerCertificate();
  return raw && new X509Certificate(raw).toString();
}
