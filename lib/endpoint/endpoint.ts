import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../telemetry/logger.js';
import { type Answer, errorAnswer, sendAnswer } from './answer.js';
import { type Exchange, Interrupted, openExchange } from './exchange.js';

/** How the work on a request ended: the answer, and whatever else its endpoint wants to know, all of it optional. */
export interface Exit {
  answer: Answer;
}

/** How an HTTP request ended. */
export interface Served<E extends Exit> {
  exit: E;
  /** Whether all of the answer was handed to the operating system. */
  sent: boolean;
}

/**
 * What both endpoints have in common: POST only, an answer before the deadline whatever happens, and nothing ever
 * through `next`.
 *
 * @param timeout milliseconds for everything up to the answer
 * @param respond must not leave anything behind when it throws
 */
export async function serve<E extends Exit>(
  req: IncomingMessage,
  res: ServerResponse,
  timeout: number,
  logger: Logger,
  respond: (exchange: Exchange) => Promise<E>,
): Promise<Served<E>> {
  const exit = req.method === 'POST' ? await inTime(res, timeout, logger, respond) : ({ answer: notPost() } as E);
  return { exit, sent: await sendAnswer(res, exit.answer, logger) };
}

async function inTime<E extends Exit>(
  res: ServerResponse,
  timeout: number,
  logger: Logger,
  respond: (exchange: Exchange) => Promise<E>,
): Promise<E> {
  const exchange = openExchange(res, timeout);
  try {
    // The client may have left while the host's own middlewares were at work.
    if (exchange.interruption) throw new Interrupted(exchange.interruption);
    return await respond(exchange);
  } catch (error) {
    return { answer: failureAnswer(error, logger) } as E;
  } finally {
    exchange.end();
  }
}

/** The answer when a step threw. That the client left, or the deadline passed, is nothing for the log's errors. */
export function failureAnswer(error: unknown, logger: Logger): Answer {
  if (error instanceof Interrupted) logger.warn('a request was given up', { interruption: error.interruption });
  else logger.error('a request could not be answered', { error });
  return errorAnswer(500, 'server_error');
}

function notPost(): Answer {
  return errorAnswer(405, 'invalid_request', 'the method must be POST', { Allow: 'POST' });
}
