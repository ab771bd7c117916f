import type { IncomingMessage } from 'node:http';

/**
 * Whether the request names this server as it may be called: by a loopback name, or one of the `allowed`. A page of a
 * stranger can have its own host name resolve to 127.0.0.1 (DNS rebinding): the browser then takes it for the same origin,
 * and only the name in `Host` tells.
 */
export function isAllowedHost(req: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  // HTTP/2 has the host in `:authority`.
  const host = req.headers.host ?? (req as { authority?: string }).authority;
  const name = hostName(host);
  return name !== undefined && (loopback.test(name) || allowed.has(name));
}

const loopback = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/;

/** The name without the port, in the one way of writing that URLs have; `undefined` where it is none. */
export function hostName(host: string | undefined): string | undefined {
  const url = `http://${host}`;
  if (host === undefined || /[/?#@\\]/.test(host) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname;
}
