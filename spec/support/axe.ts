import { source } from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds wrong with a page as it stands: rule, and where. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Through the DevTools protocol, which the page's Content-Security-Policy does not concern.
  await page.evaluate(source);
  return (await page.evaluate(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target + ': ' + failureSummary)))`)) as string[];
}
