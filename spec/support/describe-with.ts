import { describe } from '@jest/globals';

/** Other software that a suite needs. */
export interface Requirement {
  installed: boolean;
  /** What to install and how; the run's last lines repeat it. */
  howTo: string;
}

/** `describe` where the software is installed; elsewhere the suite is skipped, and its title says how to get it. */
export function describeWith({ installed, howTo }: Requirement, title: string, body: () => void): void {
  if (installed) describe(title, body);
  else describe.skip(`${title}: needs ${howTo}`, body);
}
