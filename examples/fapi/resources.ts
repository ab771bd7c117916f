import { randomUUID } from 'node:crypto';
import type { AuthleteApi } from 'ciba-backchannel';
import { type AccessToken, protect } from 'ciba-backchannel/resource';
import express, { type Request, type Router } from 'express';
import { type Intents, intentsApi } from './intents.js';
import type { Profile } from './profile.js';

/**
 * The bank's protected resources as FAPI 1.0 Baseline, section 6.2.1, describes them: tokens bound to the certificate of
 * the connection, and an interaction id on every answer. (`Date` is Node's.)
 */
export function resources(authlete: AuthleteApi, origin: string, profile: Profile, intents: Intents): Router {
  const router = express.Router();
  router.use(['/accounts', '/userinfo', ...(profile.intents ? [profile.intents.path] : [])], (req, res, next) => {
    res.set('x-fapi-interaction-id', req.get('x-fapi-interaction-id') || randomUUID());
    next();
  });
  const common = { authlete, htu: origin, clientCertificate: 'tls' } as const;
  router.get('/accounts', protect(common), (req, res) => {
    res.json({ accounts: [{ id: `${subjectOf(req)}-current`, currency: 'EUR', balance: '1234.56' }] });
  });
  router.get('/userinfo', protect({ ...common, scopes: ['openid'] }), (req, res) => {
    res.json({ sub: subjectOf(req) });
  });
  if (profile.intents) {
    const { path, scope } = profile.intents;
    router.post(path, protect({ ...common, scopes: [scope] }), express.json(), intentsApi(intents));
  }
  return router;
}

function subjectOf(req: Request): string | undefined {
  return (req as { token?: AccessToken }).token?.subject;
}
