import type { IncomingMessage } from 'node:http';

/** The path as it was before Express or Connect took the mount path off. */
export function mountedPath(req: IncomingMessage & { originalUrl?: string }): string {
  return (req.originalUrl ?? req.url ?? '/').split('?', 1)[0] as string;
}
