import { source } from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds wrong with a page as it stands: rule, and where. In the dark, what depends on colours is looked at again. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Through the DevTools protocol, which the page's Content-Security-Policy does not concern.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(source);
  await page.emulateMedia({ colorScheme: 'light' });
  const found = await violations(page, {});
  await page.emulateMedia({ colorScheme: 'dark' });
  found.push(...(await violations(page, { runOnly: ['color-contrast', 'link-in-text-block'] })));
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

function violations(page: Page, options: object): Promise<string[]> {
  return page.evaluate(`axe.run(${JSON.stringify({ ...options, resultTypes: ['violations'] })}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target + ': ' + failureSummary)))`);
}
