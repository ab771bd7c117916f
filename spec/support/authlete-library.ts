import { Authlete } from '@authlete/typescript-sdk';

/** Calls of Authlete's libraries, as those in Java and Python name them; most take a request of that name. */
export const libraryCalls = [
  'backchannelAuthentication',
  'backchannelAuthenticationIssue',
  'backchannelAuthenticationFail',
  'backchannelAuthenticationComplete',
  'token',
  'tokenRevoke',
  'introspection',
  'standardIntrospection',
  'revocation',
  'userinfo',
  'userinfoIssue',
  'getServiceConfiguration',
  'getServiceJwks',
  'getClient',
] as const;
export type LibraryCall = (typeof libraryCalls)[number];

// biome-ignore lint/suspicious/noExplicitAny: each library has its own types
export type LibraryResponse = any;

/** One of Authlete's own libraries, set up for a service. */
export interface AuthleteLibrary {
  /** @throws LibraryError when the library says that the call failed */
  call(call: LibraryCall, request?: object | string): Promise<LibraryResponse>;
  close(): Promise<void>;
}

export class LibraryError extends Error {
  /** HTTP status of the answer that the library did not like. */
  readonly status?: number;

  constructor(message: string, status?: number) {
    super(message);
    if (status !== undefined) this.status = status;
  }
}

/** Where a library finds the service. */
export interface Service {
  baseUrl: string;
  serviceId: string;
  accessToken: string;
  apiKey: string;
  apiSecret: string;
}

/** Authlete's TypeScript SDK. */
export function typescriptSdk({ baseUrl, serviceId, accessToken }: Service): AuthleteLibrary {
  const sdk = new Authlete({ bearer: accessToken, serverURL: baseUrl });
  const withRequest: Partial<Record<LibraryCall, (request: never) => Promise<unknown>>> = {
    backchannelAuthentication: (request) =>
      sdk.ciba.processAuthentication({ serviceId, backchannelAuthenticationRequest: request }),
    backchannelAuthenticationIssue: (request) =>
      sdk.ciba.issue({ serviceId, backchannelAuthenticationIssueRequest: request }),
    backchannelAuthenticationFail: (request) =>
      sdk.ciba.fail({ serviceId, backchannelAuthenticationFailRequest: request }),
    backchannelAuthenticationComplete: (request) =>
      sdk.ciba.complete({ serviceId, backchannelAuthenticationCompleteRequest: request }),
    token: (request) => sdk.token.process({ serviceId, tokenRequest: request }),
    tokenRevoke: (request) => sdk.token.management.revoke({ serviceId, tokenRevokeRequest: request }),
    introspection: (request) => sdk.introspection.process({ serviceId, introspectionRequest: request }),
    standardIntrospection: (request) =>
      sdk.introspection.standardProcess({ serviceId, standardIntrospectionRequest: request }),
    revocation: (request) => sdk.revocation.process({ serviceId, revocationRequest: request }),
    userinfo: (request) => sdk.userinfo.process({ serviceId, userinfoRequest: request }),
    userinfoIssue: (request) => sdk.userinfo.issue({ serviceId, userinfoIssueRequest: request }),
    getServiceConfiguration: () => sdk.service.getConfiguration({ serviceId }),
    getServiceJwks: () => sdk.jwkSetEndpoint.serviceJwksGetApi({ serviceId }),
    getClient: (clientId) => sdk.client.get({ serviceId, clientId }),
  };
  return {
    async call(call, request) {
      try {
        return await withRequest[call]?.(request as never);
      } catch (error) {
        const { message, statusCode } = error as Error & { statusCode?: number };
        throw new LibraryError(message, statusCode);
      }
    },
    close: async () => {},
  };
}
