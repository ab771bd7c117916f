// @ts-check

/**
 * Sends something to the server; a failure is an Error with a sentence for people.
 *
 * @param {string} url
 * @param {object} [body]
 */
export async function post(url, body) {
  const headers = body === undefined ? undefined : { 'content-type': 'application/json' };
  const init = { method: 'POST', ...(headers && { headers, body: JSON.stringify(body) }) };
  const response = await fetch(url, init).catch(() => {
    // The browser's own message, such as "Failed to fetch", is not for people.
    throw new Error('The server does not answer. Is it still running?');
  });
  if (response.ok) {
    // Browsers report an answer whose body nobody reads as a request that was broken off, even if the body is empty.
    await response.arrayBuffer();
    return;
  }
  const { error_description: description } = await response.json().catch(() => ({}));
  throw new Error(description ?? `The server answered with status ${response.status}`);
}

/** @param {unknown} error of {@link post} */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
