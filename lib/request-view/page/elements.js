// @ts-check

/**
 * Builds an element. Text is only ever set as text: markup in it stays text.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string | Node | (string | Node)[]} [children] strings are text
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className = '', children = [], properties = {}) {
  const built = Object.assign(document.createElement(tag), properties);
  if (className) built.className = className;
  built.append(...[children].flat());
  return built;
}

/**
 * Isolates a text that others wrote: whatever its direction, the words around it stay in their place.
 *
 * @param {string} text
 */
export function isolated(text) {
  return element('bdi', '', text);
}

/**
 * Puts texts that others wrote into a sentence, each isolated: `{client} may:`.
 *
 * @param {string} sentence
 * @param {Record<string, string>} texts
 * @returns {(string | Node)[]}
 */
export function phrase(sentence, texts) {
  return sentence.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const text = name === undefined ? undefined : texts[name];
    return text === undefined ? part : isolated(text);
  });
}

/**
 * The same for a text that is read one part at a time: a code in it (letters and digits with hyphens and the like between
 * them) does not break where the line ends, unless it is longer than the line.
 *
 * @param {string} text
 */
export function codes(text) {
  const parts = text.split(/(?<![^ ])([\w./:#-]*[\d./:#_-][\w./:#-]*)(?![^ ])/);
  return element(
    'bdi',
    '',
    parts.map((part, index) => (index % 2 === 0 ? part : element('span', 'code', part))),
  );
}

/**
 * The element of the page with this id.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

/**
 * A list that is announced as one: without bullets, Safari does not announce it.
 *
 * @param {'ul' | 'ol'} tag
 * @param {string} className
 * @param {Node[]} items
 */
export function list(tag, className, items) {
  const built = element(tag, className, items);
  built.setAttribute('role', 'list');
  return built;
}
