import type { PageFiles } from './serve.js';
import type { DeviceTexts } from './texts.js';

/** What the page's files depend on. */
export interface PageOptions {
  /** The relying party's name: the page's title, and the installed app's. */
  name: string;
  texts: readonly DeviceTexts[];
}

/** The files of the page, by their path below the page's; the page itself is under the empty one. */
export function pageFiles({ name }: PageOptions): PageFiles {
  const title = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return new Map([['', { type: 'text/html; charset=utf-8', body: `<!doctype html><title>${title}</title>` }]]);
}
