import { randomUUID } from 'node:crypto';
import type { AuthleteApi, IntrospectionResponse } from 'ciba-backchannel';
import express, { type Response, type Router } from 'express';
import { protect } from '../protect.js';
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
  router.get('/accounts', protect(authlete, { origin }), (_req, res) => {
    res.json({ accounts: [{ id: `${subjectOf(res)}-current`, currency: 'EUR', balance: '1234.56' }] });
  });
  router.get('/userinfo', protect(authlete, { origin, scopes: ['openid'] }), (_req, res) => {
    res.json({ sub: subjectOf(res) });
  });
  if (profile.intents) {
    const { path, scope } = profile.intents;
    router.post(path, protect(authlete, { origin, scopes: [scope] }), express.json(), intentsApi(intents));
  }
  return router;
}

function subjectOf(res: Response): string | null | undefined {
  return (res.locals.token as IntrospectionResponse).subject;
}
