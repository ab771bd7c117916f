/** Limits how many calls to one origin are under way at the same time; the others wait for their turn. */
export type Places = <T>(url: string, call: () => Promise<T>) => Promise<T>;

/** Maximum number of concurrent calls to one origin. */
const max = 64;

export function places(): Places {
  const origins = new Map<string, { taken: number; waiting: (() => void)[] }>();

  return async (url, call) => {
    const origin = URL.canParse(url) ? new URL(url).origin : url;
    let at = origins.get(origin);
    if (at === undefined) {
      at = { taken: 0, waiting: [] };
      origins.set(origin, at);
    }
    const { waiting } = at;
    if (at.taken < max) at.taken += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else at.taken -= 1;
      if (at.taken === 0) origins.delete(origin);
    }
  };
}
