import { readFileSync } from 'node:fs';

/** A section of docs/hosts.md: its files, and the packages that its `npm install` lines name. */
export interface Section {
  files: Map<string, string>;
  packages: string[];
}

/** What a reader copies from docs/hosts.md, by heading. */
export function sectionsOfThePage(): Map<string, Section> {
  const page = readFileSync('docs/hosts.md', 'utf8');
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
