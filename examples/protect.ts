import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { AuthleteApi } from 'ciba-backchannel';
import type { Request, RequestHandler } from 'express';

export interface ProtectOptions {
  /** Scopes that the access token must have. */
  scopes?: string[];
  /** Scheme and host of the API, as clients see it: proofs of possession name it. */
  origin: string;
}

const statusOf: Readonly<Record<string, number>> = { BAD_REQUEST: 400, UNAUTHORIZED: 401, FORBIDDEN: 403 };

/**
 * Lets requests pass whose access token Authlete finds good: bearer tokens (RFC 6750), from the header only, tokens bound
 * with DPoP (RFC 9449), and tokens bound to the certificate of the connection (RFC 8705). What Authlete says of the
 * token is in `res.locals.token`.
 */
export function protect(authlete: Pick<AuthleteApi, 'introspection'>, options: ProtectOptions): RequestHandler {
  return async (req, res, next) => {
    res.set('Cache-Control', 'no-store');
    const token = /^(?:Bearer|DPoP) +([\w.~+/-]+=*)$/i.exec(req.get('authorization') ?? '')?.[1];
    if (token === undefined) {
      res.set('WWW-Authenticate', 'Bearer').status(401).json({ error: 'invalid_token' });
      return;
    }
    try {
      const answer = await authlete.introspection({
        token,
        scopes: options.scopes,
        clientCertificate: certificateOf(req),
        ...(req.get('dpop') && {
          dpop: req.get('dpop'),
          htm: req.method,
          htu: new URL(req.baseUrl + req.path, options.origin).href,
        }),
      });
      if (answer.dpopNonce) res.set('DPoP-Nonce', answer.dpopNonce);
      if (answer.action === 'OK') {
        res.locals.token = answer;
        return next();
      }
      // Here responseContent is the value of WWW-Authenticate, not a body.
      if (answer.responseContent) res.set('WWW-Authenticate', answer.responseContent);
      const status = statusOf[answer.action] ?? 500;
      res.status(status).json({ error: status === 500 ? 'server_error' : 'invalid_token' });
    } catch {
      res.status(500).json({ error: 'server_error' });
    }
  };
}

function certificateOf({ socket }: Request): string | undefined {
  const { raw } = socket instanceof TLSSocket ? socket.getPeerCertificate() : {};
  return raw && new X509Certificate(raw).toString();
}
