import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Browser, chromium as playwright } from 'playwright-core';
import type { Requirement } from './describe-with.js';

const executablePath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path && existsSync(path),
);

export const chromium: Requirement = {
  installed: executablePath !== undefined,
  howTo: 'Chromium (apt-get install chromium, or CHROMIUM_PATH=/path/to/it)',
};

/** Playwright gives each browser a user data directory of its own, and removes it. */
export function launchChromium(): Promise<Browser> {
  return playwright.launch({
    executablePath: resolve('spec/support/chromium.sh'),
    env: { ...process.env, CHROMIUM: executablePath },
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
