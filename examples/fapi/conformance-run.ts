import { X509Certificate } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { ClientsFile, FapiClient } from './clients-file.js';
import { type KeyAndCertificate, makeSelfSigned } from './self-signed.js';

/** Configuration of the conformance suite for one variant of its plan. Holds private keys. */
export interface SuiteConfiguration {
  alias: string;
  [name: string]: unknown;
}

/** The four variants of `fapi-ciba-id1-test-plan` that are run: how clients authenticate, how they hear of the result. */
const variants = (['private_key_jwt', 'mtls'] as const).flatMap((clientAuthType) =>
  (['poll', 'ping'] as const).map((cibaMode) => ({ clientAuthType, cibaMode })),
);
type Variant = (typeof variants)[number];

const scope = 'openid offline_access accounts';
const hint = { hint_type: 'login_hint', hint_value: 'customer-1' } as const;

/** An ACR that the server supports; the suite's second client asks for it. */
export const acrValue = 'urn:example:loa:2';

/**
 * Makes two clients for each variant, with fresh keys and certificates, and both sides of a run with them.
 *
 * @param issuer of the server under test
 * @param suite base URL of the conformance suite, where it takes notifications
 * @param notificationCa PEM: who issued the suite's certificate
 * @returns the server's clients, and the suite's configurations by the names of their files
 */
export async function makeConformanceRun(issuer: string, suite: string, notificationCa?: string) {
  const clientsFile: ClientsFile = { notification_ca: notificationCa, clients: [] };
  const suiteConfigurations: Record<string, SuiteConfiguration> = {};
  for (const variant of variants) {
    const { clientAuthType, cibaMode } = variant;
    const alias = `ciba-backchannel-${clientAuthType.replaceAll('_', '-')}-${cibaMode}`;
    const suiteTest = `${suite}/test/a/${alias}`;
    const [first, second] = await Promise.all([makeClient(variant, 1, suiteTest), makeClient(variant, 2, suiteTest)]);
    clientsFile.clients.push(first.registration, second.registration);
    suiteConfigurations[`suite-${clientAuthType}-${cibaMode}.json`] = {
      alias,
      description: `ciba-backchannel, ${clientAuthType}, ${cibaMode}`,
      server: { discoveryUrl: `${issuer}/.well-known/openid-configuration` },
      client: { client_id: first.registration.client_id, scope, ...hint, jwks: { keys: [first.signingKey] } },
      mtls: first.tls,
      client2: {
        client_id: second.registration.client_id,
        scope,
        acr_value: acrValue,
        jwks: { keys: [second.signingKey] },
      },
      mtls2: second.tls,
      resource: { resourceUrl: `${issuer}/accounts` },
      automated_ciba_approval_url: `${issuer}/simulator/decide?auth_req_id={auth_req_id}&action={action}`,
    };
  }
  return { clientsFile, suiteConfigurations };
}

interface MadeClient {
  registration: FapiClient;
  /** Private: signs request objects and client assertions. */
  signingKey: JWK;
  /** Private. */
  tls: KeyAndCertificate;
}

async function makeClient(
  { clientAuthType, cibaMode }: Variant,
  number: number,
  suiteTest: string,
): Promise<MadeClient> {
  const id = `${clientAuthType}-${cibaMode}-${number}`;
  const { privateKey } = await generateKeyPair('PS256', { extractable: true });
  const signingKey: JWK = { ...(await exportJWK(privateKey)), kid: `${id}-signature`, alg: 'PS256', use: 'sig' };
  const tls = await makeSelfSigned(id);
  const keys = [publicPart(signingKey)];
  // RFC 8705, section 2.2.2: the certificate is registered as a key.
  if (clientAuthType === 'mtls') keys.push(await certificateKey(tls.cert, `${id}-certificate`));
  return {
    signingKey,
    tls,
    registration: {
      client_id: id,
      client_name: `Conformance ${clientAuthType} ${cibaMode} ${number}`,
      token_endpoint_auth_method: clientAuthType === 'mtls' ? 'self_signed_tls_client_auth' : clientAuthType,
      token_endpoint_auth_signing_alg: clientAuthType === 'mtls' ? undefined : 'PS256',
      tls_client_certificate_bound_access_tokens: true,
      scope,
      ...hint,
      backchannel_token_delivery_mode: cibaMode,
      backchannel_client_notification_endpoint:
        cibaMode === 'ping' ? `${suiteTest}/ciba-notification-endpoint` : undefined,
      backchannel_authentication_request_signing_alg: 'PS256',
      jwks: { keys },
      certificate: tls.cert,
    },
  };
}

function publicPart({ kty, n, e, kid, alg, use }: JWK): JWK {
  return { kty, n, e, kid, alg, use };
}

async function certificateKey(pem: string, kid: string): Promise<JWK> {
  const { publicKey, raw } = new X509Certificate(pem);
  return { ...(await exportJWK(publicKey)), kid, x5c: [raw.toString('base64')] };
}
