import { writeFile } from 'node:fs/promises';
import { sample } from './sample.js';
import { UsageError } from './usage-error.js';

/**
 * Writes the sample; never overwrites a file.
 *
 * @returns what to do next
 * @throws UsageError
 */
export async function writeSample(file = 'authlete.json'): Promise<string> {
  try {
    await writeFile(file, `${JSON.stringify(sample, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new UsageError(`${file} already exists. Name another file.`);
    throw new UsageError(`${file} cannot be written: ${message}`);
  }
  return `${file} is written. Start the engine with: npx ciba-backchannel authlete ${file}`;
}
