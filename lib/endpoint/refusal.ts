import type { ErrorDetails } from '../authlete/error-details.js';
import type { Reason } from '../authlete/types/reason.js';
import type { Answer } from './answer.js';

/** How a step ends that lets the request go no further: the answer, and who refused. */
export class Refusal {
  readonly answer: Answer;
  /** Authlete's action, where Authlete refused. */
  readonly action: string | undefined;
  /** Where a hook refused. */
  readonly reason: Reason | undefined;
  /** What the hook tells the client besides. */
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
