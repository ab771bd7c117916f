import { type CibaClient, cibaClient } from 'ciba-backchannel/client';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import * as openid from 'openid-client';
import { Agent, fetch } from 'undici';
import { type KeyAndCertificate, makeSelfSigned } from '../self-signed.js';

export type ClientAuthType = 'private_key_jwt' | 'mtls';
export type CibaMode = 'poll' | 'ping';

/** A client of the suite's server, and what the suite has to know about it. */
export interface RelyingParty {
  /** The suite's configuration, with the keys of both sides; of the server it has the private key. */
  configuration: object;
  /**
   * Asks for one approval and uses it, as any application does.
   *
   * @param onClient gets the client, to which pings go, and must close it
   * @returns how it ended
   */
  run(issuer: string, resource: string, onClient: (client: CibaClient) => void): Promise<string>;
  close(): Promise<void>;
}

/**
 * @param suiteCa PEM: the authority that issued the suite's certificate
 * @param notificationEndpoint where this client gets its pings, in ping mode
 */
export async function relyingParty(
  auth: ClientAuthType,
  mode: CibaMode,
  suiteCa: string | undefined,
  notificationEndpoint: string | undefined,
): Promise<RelyingParty> {
  const name = `ciba-backchannel-client-${auth.replaceAll('_', '-')}-${mode}`;
  const scope = 'openid accounts';
  const [signing, server, certificate] = await Promise.all([
    generateKeyPair('PS256', { extractable: true }),
    generateKeyPair('PS256', { extractable: true }),
    makeSelfSigned(name),
  ]);
  const kid = `${name}-signature`;
  const dispatcher = agent(certificate, suiteCa);
  const authentication =
    auth === 'mtls' ? openid.TlsClientAuth() : openid.PrivateKeyJwt({ key: signing.privateKey, kid });
  const customFetch = (url: string, options: object) => fetch(url, { ...options, dispatcher });

  return {
    configuration: {
      alias: name,
      description: name,
      server: { jwks: { keys: [await jwk(server.privateKey, `${name}-server`)] } },
      client: {
        client_id: name,
        scope,
        jwks: { keys: [await jwk(signing.publicKey, kid)] },
        certificate: certificate.cert,
        backchannel_client_notification_endpoint: notificationEndpoint,
      },
    },
    async run(issuer, resource, onClient) {
      const config = await openid.discovery(
        new URL(issuer),
        name,
        { use_mtls_endpoint_aliases: true },
        authentication,
        { [openid.customFetch]: customFetch as unknown as openid.CustomFetch },
      );
      const approvals = cibaClient({
        config,
        mode,
        requestObject: { key: { key: signing.privateKey, kid }, alg: 'PS256' },
        logger: false,
      });
      onClient(approvals);
      await approvals.ask('invoice-1', { scope, login_hint: 'customer-1', binding_message: 'W4SCT' });
      const { state, error } = await approvals.wait('invoice-1');
      if (state !== 'approved') return error === undefined ? state : `${state}: ${error}`;
      return approvals.use('invoice-1', async (granted) => {
        const { status } = await granted.fetch(resource);
        return `approved, and the resource answers ${status}`;
      });
    },
    close: () => dispatcher.close(),
  };
}

/** The client's certificate on every connection. */
function agent({ key, cert }: KeyAndCertificate, ca: string | undefined): Agent {
  return new Agent({ connect: { key, cert, ca } });
}

async function jwk(key: CryptoKey, kid: string): Promise<JWK> {
  return { ...(await exportJWK(key)), kid, alg: 'PS256', use: 'sig' };
}
