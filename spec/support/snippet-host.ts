// What the snippets of the documentation leave to the reader, by the names that all pages give it.
import type { Server } from 'node:http';
import type { Client } from '@modelcontextprotocol/client';
import type {
  Authenticate,
  AuthenticationRequest,
  AuthleteClient,
  CibaBackchannel,
  ClaimsHook,
  HandleKey,
  JobQueue,
  Logger,
  Policy,
  User,
} from 'ciba-backchannel';
import type { ApprovalRecord, AuthenticationDevice, ChangedPasskey } from 'ciba-backchannel/device';
import type { ClientMetadata } from 'ciba-backchannel/embedded';
import type { Application, RequestHandler } from 'express';
import type { Pool } from 'pg';

export { default as express } from 'express';

declare global {
  namespace NodeJS {
    interface ProcessEnv {
      HANDLE_KEY: string;
    }
  }
  namespace Express {
    // What the host's own middleware puts on requests.
    interface Request {
      subject?: string;
      session: { user?: { id: string; name: string }; signedInAt: number };
    }
  }
}

interface Customer extends User {
  device: string;
  email: string;
}

// The host's server, and what belongs to it.
export declare const app: Application;
export declare const server: Server;
export declare const pool: Pool;
export declare const users: { find(hint: string): Customer | undefined };
export declare const push: { send(device: string, message: object): Promise<void> };
export declare const requireDevice: RequestHandler;
export declare const requirePhone: RequestHandler;
export declare const mcpClient: Client;
export declare const audit: { store(record: object): Promise<void> };
export declare function isLocked(subject: string | null | undefined): Promise<boolean>;
export declare function isConsented(...request: unknown[]): Promise<boolean>;
export declare function exchange(token: string | null | undefined): Promise<object>;

// The parts of this package that a page does not make itself.
export declare const authlete: AuthleteClient;
export declare const ciba: CibaBackchannel;
export declare const phone: AuthenticationDevice;
export declare const record: ApprovalRecord;
export declare const queue: JobQueue;
export declare const logger: Logger;
export declare function identifyUser(request: AuthenticationRequest): Customer | undefined;
export declare const policy: Policy<Customer>;
export declare const authenticate: Authenticate<Customer>;
export declare const claims: ClaimsHook<Customer>;

// Settings and secrets.
export declare const issuer: string;
export declare const clients: ClientMetadata[];
export declare const serviceId: string;
export declare const accessToken: string;
export declare const handleKeys: HandleKey[];
export declare const secretKey: string;
export declare const newKey: string;
export declare const vapidKeys: { publicKey: string; privateKey: string };
export declare const passkey: ChangedPasskey;
