import type { Flow, Step } from './messages.js';

const maxSteps = 60;

export function addStep(
  flow: Flow,
  direction: Step['direction'],
  text: string,
  more: Pick<Step, 'explanation' | 'http' | 'curl'> = {},
): void {
  const at = Date.now();
  const same = flow.steps.findLast((step) => step.direction === direction);
  // A poll and its answer alternate, so the line to compare with is the last one in this direction.
  if (same?.text === text) Object.assign(same, { ...more, count: same.count + 1, at });
  else if (flow.steps.length < maxSteps) flow.steps.push({ direction, text, ...more, at, count: 1 });
}
