// Installs what the specs of this folder need, unless that is done: `npm run test:interop` begins with it.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = import.meta.dirname;
const lock = join(folder, 'package-lock.json');
const installed = join(folder, 'node_modules', '.installed-lock.json');

if (!isInstalled()) {
  execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], { stdio: 'inherit' });
  mkdirSync(dirname(installed), { recursive: true });
  copyFileSync(lock, installed);
}

function isInstalled() {
  try {
    return readFileSync(lock).equals(readFileSync(installed));
  } catch {
    return false;
  }
}
