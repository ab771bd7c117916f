// What a profile says, added up by function and by place: a room of this package, a dependency, Node.

import { readFileSync } from 'node:fs';

interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}

export interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  /** Microseconds. */
  timeDeltas: number[];
}

export interface AllocationNode {
  callFrame: CallFrame;
  /** Bytes. */
  selfSize: number;
  children: AllocationNode[];
}

export interface Share {
  name: string;
  value: number;
}

export function cpuTime({ nodes, samples, timeDeltas }: CpuProfile) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  return add(
    samples
      .map((id, i) => ({ frame: frames.get(id) as CallFrame, value: timeDeltas[i] ?? 0 }))
      .filter(({ frame }) => frame.functionName !== '(idle)'),
  );
}

export function allocated(head: AllocationNode) {
  const costs: Cost[] = [];
  const waiting = [head];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    costs.push({ frame: node.callFrame, value: node.selfSize });
    waiting.push(...node.children);
  }
  return add(costs);
}

interface Cost {
  frame: CallFrame;
  value: number;
}

function add(costs: Cost[]): Record<'byFunction' | 'byPlace', Share[]> {
  const functions = new Map<string, number>();
  const places = new Map<string, number>();
  for (const { frame, value } of costs) {
    const { functionName, url, lineNumber } = frame;
    const at = url ? ` ${url.replace(/^.*?\/(?=node_modules|dist|bench)/, '')}:${lineNumber + 1}` : '';
    increase(functions, `${functionName || '(anonymous)'}${at}`, value);
    increase(places, placeOf(frame), value);
  }
  return { byFunction: sorted(functions), byPlace: sorted(places) };
}

function increase(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function sorted(sums: Map<string, number>): Share[] {
  return [...sums].map(([name, value]) => ({ name, value })).sort((a, b) => b.value - a.value);
}

function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'V8';
  if (url.startsWith('node:')) return url;
  const [, dependency] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  const file = moduleOf(url, lineNumber) ?? url.replace(/^.*\/(dist|bench)\//, '$1/');
  return dependency ?? file.replace(/\/[^/]*$/, '');
}

const texts = new Map<string, string[]>();

/** The module of `lib` that a line of `dist` was made from: its name stands above it. */
function moduleOf(url: string, lineNumber: number): string | undefined {
  if (!/\/dist\//.test(url)) return undefined;
  const lines = texts.get(url) ?? readFileSync(new URL(url), 'utf8').split('\n');
  texts.set(url, lines);
  const above = lines.slice(0, lineNumber + 1).findLast((line) => line.startsWith('// lib/'));
  return above?.slice('// '.length);
}
