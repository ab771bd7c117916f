import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Row, RowStore } from '../../lib/stores/store.js';
import { afterwards } from './concurrently.js';

const now = 1_700_000_000_000;

function row(changes: Partial<Row> = {}): Row {
  return {
    kind: 'request',
    id: 'id',
    owner: 'owner',
    group: null,
    data: 'sealed',
    version: 1,
    open: true,
    dueAt: null,
    expiresAt: null,
    ...changes,
  };
}

/** What every {@link RowStore} has to promise. @param empty the same store, without any rows */
export function storeRules(empty: () => Promise<RowStore>): void {
  let store: RowStore;
  beforeEach(async () => {
    store = await empty();
  });

  it('gives back what it was given, under kind and id', async () => {
    const first = row({ group: 'group', dueAt: now, expiresAt: now + 2 ** 33, data: 'x'.repeat(200_000) });
    expect(await store.insert(first, now)).toBe('inserted');
    expect(await store.insert(row({ kind: 'phone' }), now)).toBe('inserted');
    expect(await store.find('request', 'id')).toEqual(first);
    expect(await store.find('phone', 'id')).toEqual(row({ kind: 'phone' }));
    expect(await store.find('passkey', 'id')).toBeUndefined();
    expect(await store.find('request', 'other')).toBeUndefined();
  });

  it('keeps the row that is there, expired or not', async () => {
    await store.insert(row({ expiresAt: now - 1 }), now);
    expect(await store.insert(row({ data: 'another' }), now)).toBe('exists');
    expect(await store.insert(row({ data: 'another' }), now, { perOwner: 1 })).toBe('exists');
    expect(await store.find('request', 'id')).toMatchObject({ data: 'sealed' });
  });

  it('hands out copies: what is done to them changes nothing', async () => {
    const mine = row();
    await store.insert(mine, now);
    mine.data = 'changed';
    const found = await store.find('request', 'id');
    if (found) found.data = 'changed';
    expect(await store.find('request', 'id')).toMatchObject({ data: 'sealed' });
  });

  it('lists the rows of a kind whose owner is one of those', async () => {
    for (const owner of ['a', 'b', 'c']) {
      await store.insert(row({ id: `1${owner}`, owner }), now);
      await store.insert(row({ id: `2${owner}`, owner, kind: 'phone' }), now);
    }
    const found = await store.list('request', ['a', 'c', 'd']);
    expect(found.map(({ id }) => id).sort()).toEqual(['1a', '1c']);
    expect(await store.list('request', [])).toEqual([]);
  });

  it('replaces a row whose version is one less, and no other', async () => {
    await store.insert(row(), now);
    const next = row({ data: 'next', version: 2, open: false, dueAt: 5, group: 'group', owner: 'other', expiresAt: 7 });
    expect(await store.replace(row({ version: 3 }))).toBe(false);
    expect(await store.replace(row({ version: 1 }))).toBe(false);
    expect(await store.replace(next)).toBe(true);
    expect(await store.replace(next)).toBe(false);
    expect(await store.replace(row({ id: 'other', version: 1 }))).toBe(false);
    expect(await store.find('request', 'id')).toEqual(next);
  });

  it('lets one of a hundred replacements at once through', async () => {
    await store.insert(row(), now);
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, n) => store.replace(row({ version: 2, data: `${n}` }))),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await store.find('request', 'id'))?.data).toBe(`${outcomes.indexOf(true)}`);
  });

  it('lets one of a hundred insertions of the same row at once through', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => store.insert(row({ kind: 'challenge' }), now)),
    );
    expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(1);
  });

  describe('with limits', () => {
    const limits = { perOwner: 3, perGroup: 2 };

    it('counts the open rows of the kind, owner and group that have not expired', async () => {
      const others = [
        row({ id: 'closed', group: 'g', open: false }),
        row({ id: 'expired', group: 'g', expiresAt: now }),
        row({ id: 'kind', group: 'g', kind: 'phone' }),
        row({ id: 'owner', group: 'g', owner: 'other' }),
      ];
      for (const other of others) await store.insert(other, now);
      expect(await store.insert(row({ id: '1', group: 'g', expiresAt: now + 1 }), now, limits)).toBe('inserted');
      expect(await store.insert(row({ id: '2', group: 'g' }), now, limits)).toBe('inserted');
      expect(await store.insert(row({ id: '3', group: 'g' }), now, limits)).toBe('full');
      expect(await store.insert(row({ id: '4', group: 'h' }), now, limits)).toBe('inserted');
      expect(await store.insert(row({ id: '5', group: 'i' }), now, limits)).toBe('full');
      expect(await store.find('request', '5')).toBeUndefined();
    });

    it('is not exceeded by a hundred insertions at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, (_, n) => store.insert(row({ id: `${n}`, group: `${n % 7}` }), now, limits)),
      );
      expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(3);
      expect(await store.list('request', ['owner'])).toHaveLength(3);
    });
  });

  it('gives all rows page by page', async () => {
    for (const id of ['b', 'a', 'c']) {
      await store.insert(row({ id }), now);
      await store.insert(row({ id, kind: 'phone', expiresAt: now - 1 }), now);
    }
    const found: string[] = [];
    let page = (await store.page?.(undefined, 4)) ?? [];
    while (page.length > 0) {
      expect(page.length).toBeLessThanOrEqual(4);
      found.push(...page.map(({ kind, id }) => `${kind} ${id}`));
      page = (await store.page?.(page.at(-1), 4)) ?? [];
    }
    expect(found).toHaveLength(6);
    expect(new Set(found).size).toBe(6);
  });

  it('removes a row once', async () => {
    await store.insert(row(), now);
    expect(await store.remove('phone', 'id')).toBe(false);
    expect(await store.remove('request', 'id')).toBe(true);
    expect(await store.remove('request', 'id')).toBe(false);
    expect(await store.find('request', 'id')).toBeUndefined();
  });

  it('gives what is due and has not expired, the longest due first', async () => {
    await store.insert(row({ id: 'later', dueAt: now + 1 }), now);
    await store.insert(row({ id: 'second', dueAt: now }), now);
    await store.insert(row({ id: 'first', dueAt: now - 9, expiresAt: now + 1 }), now);
    await store.insert(row({ id: 'expired', dueAt: now - 9, expiresAt: now }), now);
    await store.insert(row({ id: 'never' }), now);
    expect((await store.due('request', now, 10)).map(({ id }) => id)).toEqual(['first', 'second']);
    expect((await store.due('request', now, 1)).map(({ id }) => id)).toEqual(['first']);
  });

  it('sweeps what has expired', async () => {
    await store.insert(row({ id: 'expired', expiresAt: now }), now);
    await store.insert(row({ id: 'alive', expiresAt: now + 1 }), now);
    await store.insert(row({ id: 'for ever' }), now);
    await store.sweep(now);
    expect((await store.list('request', ['owner'])).map(({ id }) => id).sort()).toEqual(['alive', 'for ever']);
  });

  it('takes everything that a row may hold, fractions of milliseconds too', async () => {
    const times = [0, -0.5, 0.3, now + 0.7, now + 1e-7, 8.64e15];
    for (const [n, time] of times.entries()) {
      const odd = row({
        id: `${n}`,
        dueAt: time,
        expiresAt: time,
        data: `"{\\,}' NULL $1 \n ${String.fromCodePoint(0x1f600)}`,
      });
      expect(await store.insert(odd, now + 0.5, { perOwner: 100, perGroup: 100 })).toBe('inserted');
      expect(await store.replace({ ...odd, version: 2 })).toBe(true);
      const found = (await store.find('request', `${n}`)) as Row;
      expect(found).toMatchObject({ data: odd.data, version: 2 });
      for (const back of [found.dueAt, found.expiresAt]) {
        expect(Math.abs((back as number) - time)).toBeLessThanOrEqual(1);
      }
    }
    await store.insert(row({ id: '', owner: '', group: '', data: '' }), now);
    expect(await store.find('request', '')).toEqual(row({ id: '', owner: '', group: '', data: '' }));
    expect(await store.due('request', now + 0.1, 10)).toEqual([]);
    await store.sweep(now + 0.1);
    expect((await store.list('request', ['owner'])).map(({ id }) => id).sort()).toEqual(['3', '5']);
  });

  it('gives the same answer however often, so that one that was lost can be asked for again', async () => {
    const first = row({ data: 'first' });
    expect(await store.insert(first, now)).toBe('inserted');
    expect(await store.insert(first, now)).toBe('exists');
    const next = row({ data: 'next', version: 2 });
    expect(await store.replace(next)).toBe(true);
    expect(await store.replace(next)).toBe(false);
    expect(await store.find('request', 'id')).toEqual(next);
  });

  it('tells watchers which rows are inserted, replaced and removed', async () => {
    const heard: string[] = [];
    const waiting = new Set<() => void>();
    const watch = () =>
      store.watch?.((kind, id) => {
        heard.push(`${kind} ${id}`);
        for (const look of waiting) look();
      });
    const stop = watch();
    afterwards(async () => stop?.());
    const telling = async (change: () => Promise<unknown>) => {
      heard.length = 0;
      const told = new Promise<void>((resolve) => waiting.add(() => heard.includes('request id') && resolve()));
      await change();
      await told;
      waiting.clear();
    };
    // Whoever listens may miss what happens before it does.
    while (heard.length === 0) {
      await store.insert(row({ id: 'hello' }), now);
      await store.remove('request', 'hello');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await telling(() => store.insert(row(), now));
    await telling(() => store.replace(row({ version: 2 })));
    await telling(() => store.remove('request', 'id'));
    stop?.();
    heard.length = 0;
    await store.insert(row({ id: 'unheard' }), now);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual([]);
  });
}
