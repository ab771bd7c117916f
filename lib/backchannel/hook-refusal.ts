import { isRejection, type Rejection, reject } from '../authlete/rejection.js';
import type { Reason } from '../authlete/types/reason.js';
import { jsonAnswer } from '../endpoint/answer.js';
import type { Exchange } from '../endpoint/exchange.js';
import { Interrupted } from '../endpoint/interrupted.js';
import { Refusal } from '../endpoint/refusal.js';
import type { PackageLogger } from '../telemetry/logger.js';

const statuses: Partial<Record<Reason, number>> = { ACCESS_DENIED: 403, SERVER_ERROR: 500 };

/** A hook's refusal, with the answer to use if Authlete gives none. */
export function refusalBy({ reason, description, uri }: Rejection): Refusal {
  // JSON leaves out what is undefined.
  const body = { error: reason.toLowerCase(), error_description: description, error_uri: uri };
  const answer = jsonAnswer(statuses[reason] ?? 400, JSON.stringify(body));
  return new Refusal(answer, { reason, details: { description, uri } });
}

/** The refusal for what a hook threw: its own refusal, the end of the exchange, or a mistake, which only the logger sees. */
export function refusalByMistake(error: unknown, hook: string, exchange: Exchange, logger: PackageLogger): Refusal {
  if (error instanceof Interrupted) return exchange.failure(error);
  if (isRejection(error)) return refusalBy(error);
  logger.error(`${hook} failed`, { error }, 'host');
  return refusalBy(reject('SERVER_ERROR'));
}
