// What the embedded engine adds to the cryptography of a signed request with private_key_jwt: its judgement against the
// two bare signature checks, in blocks that take turns. Percentiles, since other work on the machine shows in the mean.

import { randomUUID } from 'node:crypto';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';

const issuer = 'https://as.example.com';
const blocks = 600;
const size = 10;

for (const alg of ['PS256', 'ES256']) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const engine = await embeddedAuthlete({
    issuer,
    fapi: true,
    clients: [
      {
        client_id: 'bank',
        token_endpoint_auth_method: 'private_key_jwt',
        backchannel_token_delivery_mode: 'poll',
        backchannel_authentication_request_signing_alg: alg,
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'bank-1', alg }] },
      },
    ],
  });
  const requests = [];
  for (let i = 0; i < blocks * size; i += 1) requests.push(await signed(alg, privateKey));

  const bare = [];
  const whole = [];
  for (let i = 0; i < requests.length; i += size) {
    const block = requests.slice(i, i + size);
    bare.push(await timed(block, (request) => verifyBoth(request, alg, publicKey)));
    whole.push(await timed(block, (request) => judge(request, engine)));
  }
  for (const [name, share] of [
    ['10th percentile', 0.1],
    ['median', 0.5],
  ]) {
    const [crypto, all] = [percentile(bare, share), percentile(whole, share)];
    const ratio = (all / crypto).toFixed(2);
    console.log(
      `${alg}, ${name}: two checks ${crypto.toFixed(0)} µs, the engine ${all.toFixed(0)} µs: ${ratio} (wanted: 1.2)`,
    );
  }
}

async function signed(alg, privateKey) {
  const sign = (claims) =>
    new SignJWT({ iss: 'bank', aud: issuer, jti: randomUUID(), ...claims })
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime('5m')
      .setProtectedHeader({ alg, kid: 'bank-1' })
      .sign(privateKey);
  const assertion = await sign({ sub: 'bank' });
  const request = await sign({ scope: 'openid', login_hint: 'alice', binding_message: 'W4-7' });
  const form = new URLSearchParams({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    request,
  });
  return { assertion, request, parameters: form.toString() };
}

async function verifyBoth({ assertion, request }, alg, publicKey) {
  const options = {
    algorithms: [alg],
    issuer: ['bank'],
    audience: [issuer],
    requiredClaims: ['iss', 'aud', 'exp', 'jti'],
    clockTolerance: 60,
  };
  await jwtVerify(assertion, publicKey, options);
  await jwtVerify(request, publicKey, options);
}

async function judge({ parameters }, engine) {
  const { action, resultMessage } = await engine.backchannelAuthentication({ parameters });
  if (action !== 'USER_IDENTIFICATION') throw new Error(resultMessage);
}

/** Microseconds for each. */
async function timed(block, run) {
  const start = performance.now();
  for (const request of block) await run(request);
  return ((performance.now() - start) * 1000) / block.length;
}

function percentile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
}
