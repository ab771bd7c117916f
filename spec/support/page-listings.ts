import { readFileSync } from 'node:fs';

/** A section of a page: the files whose listings begin with their name, and the packages of its `npm install` lines. */
export interface Section {
  files: Map<string, string>;
  packages: string[];
}

/** What a reader copies from a page, by heading. */
export function sectionsOf(path: string): Map<string, Section> {
  const page = readFileSync(path, 'utf8');
  const sections = page.split(/^(?=##? )/m).map((text): [string, Section] => {
    const [, heading = ''] = /^##? (.+)$/m.exec(text) ?? [];
    const blocks = [...text.matchAll(/^```[jt]s\n\/\/ (\S+)\n(.*?)^```$/gms)];
    const installed = [...text.matchAll(/^ {4}npm install (?:--save-dev )?(.+)$/gm)];
    return [
      heading,
      {
        files: new Map(blocks.map(([, name = '', source = '']) => [name, source])),
        packages: installed.flatMap(([, names = '']) => names.split(' ')),
      },
    ];
  });
  return new Map(sections);
}
