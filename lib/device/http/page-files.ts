import { createHash } from 'node:crypto';
import type { PageFile } from '../../routers/page-files.js';
import { files } from '../page/files.generated.js';
import type { Brand } from '../settings/api.js';
import type { ServedTexts, WorkerSettings } from '../settings/page-texts.js';
import type { DeviceTexts } from '../settings/texts.js';

/** What the page's files depend on. */
export interface PageOptions {
  /** The relying party's name: the page's title, and the installed app's. */
  name: string;
  texts: readonly DeviceTexts[];
  brand: Brand;
}

/** A file of the page. */
export interface DeviceFile extends PageFile {
  /** Whether its name contains a hash of its contents: browsers may then keep it for ever. */
  isImmutable: boolean;
}

const page = 'index.html';
const worker = 'service-worker.js';
const manifest = 'manifest.webmanifest';

/**
 * The files of the page, by their path relative to the page, which itself has the empty path. All but the page and its
 * service worker are named after their contents, so that a page never gets files of another version.
 */
export function pageFiles({ name, texts, brand }: PageOptions): ReadonlyMap<string, DeviceFile> {
  const served: ServedTexts[] = texts.map(({ request, page }) => ({ ...page, language: request.language }));
  const sources = new Map<string, PageFile>(files);
  sources.set('texts.json', { type: 'application/json', body: JSON.stringify(served) });
  const change = (file: string, edit: (text: string) => string) => {
    const { type, body } = sources.get(file) as PageFile;
    sources.set(file, { type, body: edit(String(body)) });
  };
  change('style.css', (css) => css + accentRules(brand.accent));
  change(manifest, (json) => json.replaceAll('%NAME%', () => JSON.stringify(name).slice(1, -1)));
  change(page, (html) =>
    html.replaceAll('%NAME%', () => escapeHtml(name)).replace('%LOGO%', () => logoImage(brand.logo)),
  );

  const names = new Map<string, string>();
  const all = new Map<string, DeviceFile>();
  const add = (file: string, { type, body }: PageFile) => {
    const hashed = file.replace(/\.(?=\w+$)/, `.${hash(body)}.`);
    names.set(file, hashed);
    all.set(hashed, { type, body, isImmutable: true });
  };
  const link = (text: string) =>
    text.replace(/"([\w.-]+)"/g, (quoted, file) => (names.has(file) ? `"${names.get(file)}"` : quoted));
  for (const [file, content] of sources) {
    if (![page, worker, manifest].includes(file)) add(file, content);
  }
  change(manifest, link);
  add(manifest, sources.get(manifest) as PageFile);
  const html = link(String(sources.get(page)?.body));
  const version = hash(html);
  const settings: WorkerSettings = {
    version,
    files: [...all.keys()],
    icon: names.get('icon-192.png') as string,
    texts: served.map(workerTexts),
  };
  const script = sources.get(worker) as PageFile;
  all.set('', {
    type: (sources.get(page) as PageFile).type,
    body: html.replace('%VERSION%', version),
    isImmutable: false,
  });
  all.set(worker, {
    type: script.type,
    body: `self.settings=${JSON.stringify(settings)};\n${script.body}`,
    isImmutable: false,
  });
  return all;
}

function workerTexts(texts: ServedTexts): WorkerSettings['texts'][number] {
  const { language, direction, notificationTitle, notificationBody, notificationEnded, changeTitle, changeBody } =
    texts;
  return { language, direction, notificationTitle, notificationBody, notificationEnded, changeTitle, changeBody };
}

function hash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 12);
}

function accentRules(accent: Brand['accent']): string {
  if (accent === null) return '';
  const rule = ({ accent, onAccent }: { accent: string; onAccent: string }) =>
    `:root{--accent:${accent};--on-accent:${onAccent}}`;
  return `${rule(accent.light)}@media (prefers-color-scheme:dark){${rule(accent.dark)}}`;
}

function logoImage(logo: string | null): string {
  return logo === null ? '' : `<img class="logo" src="${escapeHtml(logo)}" alt="">`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
