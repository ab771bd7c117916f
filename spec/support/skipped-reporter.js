// Says at the end of a run what was skipped and how to get it. `describeWith` puts the latter into the suite's title.

export default class SkippedReporter {
  constructor(globalConfig, { also }) {
    this.isWholeRun = globalConfig.testPathPatterns.patterns.length === 0;
    this.also = also;
  }

  onRunComplete(_, { testResults }) {
    const skipped = new Map();
    for (const { status, ancestorTitles, title } of testResults.flatMap(({ testResults: tests }) => tests)) {
      if (status !== 'pending') continue;
      const name = ancestorTitles[0] ?? title;
      skipped.set(name, (skipped.get(name) ?? 0) + 1);
    }
    for (const [name, count] of skipped) say(`Skipped ${count} in "${name}"`);
    if (this.also && this.isWholeRun) say(`Not part of this run: ${this.also}`);
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
