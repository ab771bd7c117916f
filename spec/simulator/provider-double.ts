import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Listening, listen } from './support.js';

/** What the provider was asked. */
export interface Asked {
  path: string;
  authorization: string | undefined;
  form: Record<string, string>;
}

type Answer = [status: number, body: unknown];

/** An OpenID provider that answers what the spec says. */
export interface ProviderDouble extends Listening {
  asked: Asked[];
  /** What the endpoints answer: a status and a body, or how to make them. */
  answers: Record<string, () => Answer | Promise<Answer>>;
  idToken(claims: Record<string, unknown>): Promise<string>;
}

export async function providerDouble(): Promise<ProviderDouble> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key', alg: 'ES256' };
  const asked: Asked[] = [];
  const answers: ProviderDouble['answers'] = {
    '/bc': () => [200, { auth_req_id: 'an-id', expires_in: 60, interval: 0 }],
    '/token': () => [400, { error: 'authorization_pending' }],
    '/jwks': () => [200, { keys: [jwk] }],
    '/.well-known/openid-configuration': () => [
      200,
      {
        issuer: host.url,
        backchannel_authentication_endpoint: `${host.url}/bc`,
        token_endpoint: `${host.url}/token`,
        jwks_uri: `${host.url}/jwks`,
      },
    ],
  };

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of req) text += chunk;
    const path = req.url ?? '';
    asked.push({ path, authorization: req.headers.authorization, form: Object.fromEntries(new URLSearchParams(text)) });
    const [status, body] = (await answers[path]?.()) ?? [404, {}];
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  const host = await listen(answer);
  return {
    ...host,
    asked,
    answers,
    idToken: (claims) =>
      new SignJWT({ sub: 'alice', iss: host.url, aud: 'teller', ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'key' })
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
  };
}

/** OpenID Connect Core 1.0, section 3.1.3.6, for ES256. */
export function atHash(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url');
}
