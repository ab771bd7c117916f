import { createHash } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { keyPair } from './key-pairs.js';
import { oncePerProcess } from './once-per-process.js';
import { serving } from './serving.js';

/** What a stub of an OpenID provider is told to do; without it, it does what is right. */
export interface StubProviderOptions {
  /** Answers the authentication request. */
  backchannel?: (req: Request, res: Response, defaults: Record<string, unknown>) => unknown;
  /** Answers the token requests: `n` counts from 1. */
  token?: (n: number, req: Request, res: Response, tokens: () => Promise<Record<string, unknown>>) => unknown;
  /** Changes of the claims of the ID token; `undefined` takes one away. */
  claims?: JWTPayload;
  /** Makes the ID token instead. */
  idToken?: (claims: JWTPayload) => Promise<string>;
  /** How the JWK set is answered. */
  jwks?: (res: Response, keys: object) => unknown;
  metadata?: object;
  interval?: number;
}

const keys = oncePerProcess('the keys of stub providers', async () => ({
  ps256: await keyPair('PS256'),
  rs256: await keyPair('RS256'),
}));

/** The keys that the stub announces: the one it signs with, and one of another algorithm. */
export const stubKeys = () => keys;

/** An OpenID provider of CIBA on loopback that answers as the spec says; everything that it is asked is kept. */
export async function stubProvider(options: StubProviderOptions = {}) {
  const { ps256, rs256 } = await keys;
  const app = express().use(express.urlencoded());
  const { port } = await serving(app);
  const issuer = `http://127.0.0.1:${port}`;
  const backchannelRequests: Record<string, string>[] = [];
  const tokenRequests: { at: number; answeredAt: number; body: Record<string, string> }[] = [];
  const revocations: Record<string, string>[] = [];
  const resourceRequests: Request['headers'][] = [];

  app.get('/.well-known/openid-configuration', (_req, res) => {
    res.json({
      issuer,
      backchannel_authentication_endpoint: `${issuer}/ciba`,
      token_endpoint: `${issuer}/token`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ['PS256'],
      ...options.metadata,
    });
  });
  app.get('/jwks', async (_req, res) => {
    const set = {
      keys: [
        { ...(await exportJWK(ps256.publicKey)), kid: 'ps', alg: 'PS256', use: 'sig' },
        { ...(await exportJWK(rs256.publicKey)), kid: 'rs', use: 'sig' },
      ],
    };
    if (options.jwks) options.jwks(res, set);
    else res.json(set);
  });
  app.post('/ciba', (req, res) => {
    backchannelRequests.push(req.body);
    const defaults = { auth_req_id: 'the-auth-req-id', expires_in: 120, interval: options.interval ?? 1 };
    if (options.backchannel) options.backchannel(req, res, defaults);
    else res.json(defaults);
  });
  app.post('/token', async (req, res) => {
    const entry = { at: performance.now(), answeredAt: 0, body: req.body };
    const n = tokenRequests.push(entry);
    res.on('finish', () => {
      entry.answeredAt = performance.now();
    });
    if (options.token) await options.token(n, req, res, () => tokens());
    else res.json(await tokens());
  });
  app.post('/revoke', (req, res) => {
    revocations.push(req.body);
    res.status(200).end();
  });
  app.all('/resource', (req, res) => {
    resourceRequests.push(req.headers);
    res.json({ paid: true });
  });

  async function tokens(more: JWTPayload = {}): Promise<Record<string, unknown>> {
    const now = Math.floor(Date.now() / 1000);
    const access = 'the-access-token';
    const claims = {
      iss: issuer,
      sub: 'alice',
      aud: 'agent',
      iat: now,
      exp: now + 300,
      at_hash: halfHash(access),
      ...more,
      ...options.claims,
    };
    const idToken = options.idToken ? await options.idToken(claims) : await sign(claims);
    return { access_token: access, token_type: 'Bearer', expires_in: 300, id_token: idToken };
  }

  return { app, issuer, tokens, backchannelRequests, tokenRequests, revocations, resourceRequests };
}

/** An ID token, by the key that is announced. */
export async function sign(claims: JWTPayload, alg = 'PS256', kid = 'ps'): Promise<string> {
  const { ps256, rs256 } = await keys;
  const { privateKey } = alg === 'RS256' ? rs256 : ps256;
  return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(privateKey);
}

/** The left half of the SHA-256. */
export function halfHash(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}
