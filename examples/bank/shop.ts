import * as openid from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import type { KeyAndCertificate } from './proxy.js';

export interface ShopOptions {
  issuer: string;
  mtlsUrl: string;
  clientId: string;
  /** What it authenticates with, and what its access tokens are bound to. */
  certificate: KeyAndCertificate;
  /** The proxy's self-signed certificate. */
  ca: string;
}

/** A client of the bank: asks for a payment, polls until it is approved, and has it executed. */
export async function openShop({ issuer, mtlsUrl, clientId, certificate, ca }: ShopOptions) {
  const dispatcher = new Agent({ connect: { ...certificate, ca } });
  const withCertificate = (url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher } as Parameters<typeof undiciFetch>[1]) as Promise<unknown>;
  const config = await openid.discovery(
    new URL(issuer),
    clientId,
    { use_mtls_endpoint_aliases: true },
    openid.TlsClientAuth(),
    { execute: [openid.allowInsecureRequests], [openid.customFetch]: withCertificate as openid.CustomFetch },
  );

  return {
    async pay(amount: string): Promise<void> {
      const code = `RAIL-${Math.floor(1000 + Math.random() * 9000)}`;
      const payment = {
        type: 'payment_initiation',
        instructedAmount: { currency: 'EUR', amount },
        creditorName: 'Example Railways',
      };
      console.log(`shop       asks for ${amount} EUR; "please compare the code ${code} on your phone"`);
      try {
        const acknowledgement = await openid.initiateBackchannelAuthentication(config, {
          scope: 'openid',
          login_hint: 'alice@example.com',
          binding_message: code,
          resource: `${mtlsUrl}/payments`,
          authorization_details: JSON.stringify([payment]),
        });
        const tokens = await openid.pollBackchannelAuthenticationGrant(config, acknowledgement);
        console.log(`shop       has tokens; the ID token says ${JSON.stringify(tokens.claims())}`);
        for (const attempt of ['first', 'second']) {
          const response = await openid.fetchProtectedResource(
            config,
            tokens.access_token,
            new URL(`${mtlsUrl}/payments`),
            'POST',
            JSON.stringify(payment),
            new Headers({ 'content-type': 'application/json' }),
          );
          console.log(`shop       pays, the ${attempt} time: ${response.status} ${await response.text()}`);
        }
      } catch (error) {
        if (!(error instanceof openid.ResponseBodyError)) throw error;
        console.log(`shop       has no approval: ${error.error}`);
      }
    },
    close: () => dispatcher.close(),
  };
}
