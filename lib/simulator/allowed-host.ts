import type { IncomingMessage } from 'node:http';
import { isLocalhost } from '../options/host-name.js';

/**
 * Whether the request uses an allowed name of this server: a loopback name, or one of the `allowed`. A
 * stranger's page can have its own host name resolve to 127.0.0.1 (DNS rebinding): the browser then takes it for the same origin,
 * and only the name in `Host` shows the difference.
 */
export function isAllowedHost(req: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  // HTTP/2 has the host in `:authority`.
  const host = req.headers.host ?? (req as { authority?: string }).authority;
  const name = hostName(host);
  return name !== undefined && (isLocalhost(name) || loopbackAddress.test(name) || allowed.has(name));
}

const loopbackAddress = /^(?:127(?:\.\d+){3}|\[::1\])$/;

/** The name without the port, spelt as in URLs; `undefined` if it is not a name. */
export function hostName(host: string | undefined): string | undefined {
  const url = `http://${host}`;
  if (host === undefined || /[/?#@\\]/.test(host) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname;
}
