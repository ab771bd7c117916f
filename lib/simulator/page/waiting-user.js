// @ts-check

/** Whether the user has decided, and has touched nothing since. */
let waits = false;

/** The user has decided, and wants to see what the client gets. */
export function waitForResult() {
  waits = true;
}

/**
 * Brings what came of a decision into view, unless the user has gone on to something else. The focus stays.
 *
 * @param {HTMLElement} result
 */
export function showResult(result) {
  // Of a card that is taller than the window, the top, where the outcome is.
  if (waits) result.scrollIntoView({ block: 'nearest' });
  waits = false;
}

for (const type of ['pointerdown', 'keydown', 'wheel']) {
  addEventListener(
    type,
    () => {
      waits = false;
    },
    { capture: true, passive: true },
  );
}
