import { isDeepStrictEqual } from 'node:util';
import { BodyError } from '../../routers/json-body.js';

interface Operation {
  op?: unknown;
  path?: unknown;
  from?: unknown;
  value?: unknown;
}

/** Each operation that copies the whole document into itself doubles its size. */
const maxCopies = 10;

/**
 * Applies a JSON Patch (RFC 6902) to a copy of a document.
 *
 * @param patch JSON in a string; without one (absent, null or empty) the document stays as it is
 * @throws BodyError when it is not a patch, or does not fit the document
 */
export function patched(document: object, patch: unknown): object {
  if (!patch) return document;
  // The root is a member of this holder, so that it can be replaced too.
  const holder = { root: JSON.parse(JSON.stringify(document)) };
  for (const operation of parse(patch)) apply(holder, operation);
  return holder.root;
}

function parse(patch: unknown): Operation[] {
  let operations: unknown;
  try {
    operations = JSON.parse(String(patch));
  } catch {
    throw refuse('is not JSON');
  }
  if (!Array.isArray(operations)) throw refuse('is not an array of operations');
  if (operations.filter((operation) => operation?.op === 'copy').length > maxCopies) {
    throw refuse(`copies more than ${maxCopies} times`);
  }
  return operations.map((operation) => operation ?? {});
}

function apply(holder: object, { op, path, from, value }: Operation): void {
  if (op === 'add') add(holder, path, value);
  else if (op === 'remove') remove(holder, path);
  else if (op === 'replace') replace(holder, path, value);
  else if (op === 'move') add(holder, path, remove(holder, from));
  else if (op === 'copy') add(holder, path, structuredClone(valueAt(holder, from)));
  else if (op !== 'test') throw refuse(`has the operation ${op}`);
  else if (!isDeepStrictEqual(valueAt(holder, path), value)) throw refuse(`does not pass its test of ${path}`);
}

function replace(holder: object, path: unknown, value: unknown): void {
  remove(holder, path);
  add(holder, path, value);
}

function add(holder: object, path: unknown, value: unknown): void {
  const [parent, name] = placeOf(holder, path);
  if (!Array.isArray(parent)) {
    Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
    return;
  }
  const index = name === '-' ? parent.length : indexIn(name, parent.length, path);
  parent.splice(index, 0, value);
}

function remove(holder: object, path: unknown): unknown {
  const [parent, name] = placeOf(holder, path);
  const value = memberOf(parent, name, path);
  if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else delete parent[name];
  return value;
}

function valueAt(holder: object, path: unknown): unknown {
  const [parent, name] = placeOf(holder, path);
  return memberOf(parent, name, path);
}

type Parent = Record<string, unknown> | unknown[];

/** Where a pointer leads (RFC 6901). */
function placeOf(holder: object, path: unknown): [Parent, string] {
  if (typeof path !== 'string' || !/^(\/([^~]|~[01])*)?$/.test(path)) throw refuse(`has the path ${path}`);
  const names = `root${path}`.split('/').map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop() ?? '';
  let parent: unknown = holder;
  for (const name of names) parent = memberOf(parent, name, path);
  if (typeof parent !== 'object' || parent === null) throw refuse(`has the path ${path}, which leads nowhere`);
  return [parent as Parent, last];
}

function memberOf(parent: unknown, name: string, path: unknown): unknown {
  if (Array.isArray(parent)) return parent[indexIn(name, parent.length - 1, path)];
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, name)) {
    throw refuse(`has the path ${path}, which leads nowhere`);
  }
  return (parent as Record<string, unknown>)[name];
}

function indexIn(name: string, max: number, path: unknown): number {
  if (!/^(0|[1-9]\d*)$/.test(name) || Number(name) > max) throw refuse(`has the path ${path}, which leads nowhere`);
  return Number(name);
}

function refuse(description: string): BodyError {
  return new BodyError(400, `The patch ${description}.`);
}
