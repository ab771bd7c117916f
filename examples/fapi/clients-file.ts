import { readFile } from 'node:fs/promises';
import type { ClientMetadata } from 'ciba-backchannel/embedded';

/** The server's side of a conformance run, public material only. `examples/fapi/README.md` describes it. */
export interface ClientsFile {
  /** PEM: the authority that issued the certificates of the notification endpoints. Default: those that Node trusts. */
  notification_ca?: string;
  /** Base URL of the suite: clients that register themselves have their notification endpoints under it. */
  suite?: string;
  /** With it clients may register themselves; without it, none may. */
  initial_access_token?: string;
  clients: FapiClient[];
}

/** A client's registration, and what the conformance suite has to be told about it. */
export interface FapiClient extends ClientMetadata {
  client_name: string;
  token_endpoint_auth_method: 'private_key_jwt' | 'self_signed_tls_client_auth';
  backchannel_token_delivery_mode: 'poll' | 'ping';
  scope: string;
  /** How the suite names the user: always `login_hint` here. */
  hint_type: 'login_hint';
  /** A user whom the server knows. */
  hint_value: string;
  /** PEM: the certificate that the client presents on its connections. */
  certificate: string;
}

/** @throws Error when there is no such file, or it is not what this example writes */
export async function readClientsFile(path: string | URL): Promise<ClientsFile> {
  const file: ClientsFile = JSON.parse(await readFile(path, 'utf8'));
  if (!Array.isArray(file?.clients)) throw new Error(`${path} must hold an object with an array of clients`);
  return file;
}
