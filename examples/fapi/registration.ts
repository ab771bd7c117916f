import type { ClientRegistrationApi, ClientRegistrationResponse } from 'ciba-backchannel/embedded';
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const statusOf: Readonly<Record<ClientRegistrationResponse['action'], number>> = {
  CREATED: 201,
  OK: 200,
  UPDATED: 200,
  DELETED: 204,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  INTERNAL_SERVER_ERROR: 500,
};

/**
 * The client registration endpoint (RFC 7591), and below it the clients' own (RFC 7592).
 *
 * @param perMinute requests from one address. The conformance suite registers and removes two clients for most of its modules:
 *   600 requests for four plans at once
 */
export function registration(authlete: ClientRegistrationApi, perMinute = 1200): Router {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  const json = express.text({ type: 'application/json', limit: '64kb' });
  const metadataOf = (req: Request) => (typeof req.body === 'string' ? req.body : '');

  async function answer(req: Request, res: Response, call: () => Promise<ClientRegistrationResponse>): Promise<void> {
    res.set('Cache-Control', 'no-store');
    const allowed = await limiter.consume(req.socket.remoteAddress ?? '').then(
      () => true,
      () => false,
    );
    if (!allowed) {
      res.status(429).set('Retry-After', '60').json({ error: 'temporarily_unavailable' });
      return;
    }
    const { action, responseContent } = await call();
    if (action === 'UNAUTHORIZED') res.set('WWW-Authenticate', 'Bearer error="invalid_token"');
    res.status(statusOf[action]).type('json').send(responseContent);
  }

  return express
    .Router()
    .post('/', json, (req, res) =>
      answer(req, res, () => authlete.clientRegistration({ json: metadataOf(req), token: bearerOf(req) })),
    )
    .get('/:clientId', (req, res) =>
      answer(req, res, () => authlete.clientRegistrationGet({ clientId: req.params.clientId, token: bearerOf(req) })),
    )
    .put('/:clientId', json, (req, res) =>
      answer(req, res, () =>
        authlete.clientRegistrationUpdate({
          clientId: req.params.clientId,
          token: bearerOf(req),
          json: metadataOf(req),
        }),
      ),
    )
    .delete('/:clientId', (req, res) =>
      answer(req, res, () =>
        authlete.clientRegistrationDelete({ clientId: req.params.clientId, token: bearerOf(req) }),
      ),
    )
    .use(unreadable);
}

/** A body that is too long or in an unknown encoding: RFC 7591, section 3.2.2, wants JSON, and Express would answer in HTML. */
const unreadable: ErrorRequestHandler = (error, _req, res, _next) => {
  res
    .status(error.status ?? 500)
    .set('Cache-Control', 'no-store')
    .json({ error: 'invalid_client_metadata', error_description: error.message });
};

function bearerOf(req: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '')?.[1];
}
