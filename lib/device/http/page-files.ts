import { files as requestViewFiles } from '../../request-view/page/files.generated.js';
import type { PageFile, PageFiles } from '../../routers/page-files.js';
import { files } from '../page/files.generated.js';
import type { ServedTexts } from '../settings/page-texts.js';
import type { DeviceTexts } from '../settings/texts.js';

/** What the page's files depend on. */
export interface PageOptions {
  /** The relying party's name: the page's title, and the installed app's. */
  name: string;
  texts: readonly DeviceTexts[];
}

/** The files of the page, by their path below the page's; the page itself is under the empty one. */
export function pageFiles({ name, texts }: PageOptions): PageFiles {
  const served: ServedTexts[] = texts.map(({ request, page }) => ({ ...page, language: request.language }));
  const all = new Map<string, PageFile>([...requestViewFiles, ...files]);
  all.set('texts.json', { type: 'application/json', body: JSON.stringify(served) });
  const kept = [...all.keys()].filter((file) => file !== 'index.html' && file !== 'service-worker.js');
  fill(all, 'index.html', '%NAME%', escapeHtml(name));
  fill(all, 'manifest.webmanifest', '%NAME%', JSON.stringify(name).slice(1, -1));
  fill(all, 'service-worker.js', '%FILES%', kept.join(' '));
  return new Map([...all].map(([file, content]) => [file === 'index.html' ? '' : file, content]));
}

function fill(files: Map<string, PageFile>, file: string, mark: string, text: string) {
  const { type, body } = files.get(file) as { type: string; body: string };
  files.set(file, { type, body: body.replaceAll(mark, () => text) });
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
