import type { Mode } from './options.js';

/** One line of what happened. Equal lines in a row, such as polls, are one line with a count. */
export interface Step {
  /** `sent` by the client, `received` by it, or what it makes of it. */
  direction: 'sent' | 'received' | 'note';
  text: string;
  /** When last, milliseconds since the epoch. */
  at: number;
  count: number;
}

export type FlowStatus = 'waiting' | 'authorized' | 'refused' | 'failed';

/** One backchannel authentication, as the page shows it. No secret and no token is in it. */
export interface Flow {
  id: number;
  clientName: string;
  mode: Mode;
  /** The hint's value, as the client sent it. */
  hint: string;
  bindingMessage?: string;
  status: FlowStatus;
  steps: Step[];
  /** What the client got: the token response without the tokens. */
  tokens?: { accessToken: boolean; refreshToken: boolean; expiresIn?: number; scope?: string };
  /** Claims of the verified ID token. */
  claims?: Record<string, unknown>;
}

const maxSteps = 60;

export function addStep(flow: Flow, direction: Step['direction'], text: string): void {
  const at = Date.now();
  const same = flow.steps.findLast((step) => step.direction === direction);
  // A poll and its answer alternate, so the line to compare with is the last one in this direction.
  if (same?.text === text) {
    same.count += 1;
    same.at = at;
  } else if (flow.steps.length < maxSteps) {
    flow.steps.push({ direction, text, at, count: 1 });
  }
}
