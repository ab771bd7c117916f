import { readFile } from 'node:fs/promises';

/** Whether a page of the documentation shows a file, exactly as it stands, as an example. Paths are in the repository. */
export async function shows(page: string, file: string): Promise<boolean> {
  const [markdown, example] = await Promise.all([readFile(page, 'utf8'), readFile(file, 'utf8')]);
  return markdown.includes(`\n\`\`\`ts\n${example}\`\`\`\n`);
}
