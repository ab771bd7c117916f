import type { ErrorDetails } from '../authlete/error-details.js';
import type { Reason } from '../authlete/types/reason.js';
import type { Answer } from './answer.js';

/** The result of a step that stops the request: the answer, and who refused. */
export class Refusal {
  readonly answer: Answer;
  /** Authlete's action, where Authlete refused. */
  readonly action: string | undefined;
  /** Where a hook refused. */
  readonly reason: Reason | undefined;
  /** The hook's details for the client. */
  readonly details: ErrorDetails | undefined;

  constructor(answer: Answer, by: { action?: string; reason?: Reason; details?: ErrorDetails } = {}) {
    this.answer = answer;
    this.action = by.action;
    this.reason = by.reason;
    this.details = by.details;
  }
}

/** The guard after each step. */
export function isRefusal(value: unknown): value is Refusal {
  return value instanceof Refusal;
}
