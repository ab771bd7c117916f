import type { FetchImplementation } from 'jose';

/** Milliseconds for which a failure is reused. */
const patience = 5000;

/**
 * A `fetch` of one JWK set that does not try again at once after a failure: for five seconds the failure is the answer.
 * Otherwise each JWT from a stranger would cause a request to an endpoint that is in trouble.
 */
export function patientFetch(fetch: FetchImplementation): FetchImplementation {
  let failure: { answer: () => Promise<Response>; until: number } | undefined;

  function fail(answer: () => Promise<Response>): Promise<Response> {
    failure = { answer, until: performance.now() + patience };
    return answer();
  }

  return async (url, options) => {
    if (failure !== undefined && performance.now() < failure.until) return failure.answer();
    failure = undefined;
    try {
      const response = await fetch(url, options);
      const text = await response.text();
      const answer = async () => new Response(text, { status: response.status });
      return isJwkSet(response, text) ? await answer() : await fail(answer);
    } catch (error) {
      return fail(() => Promise.reject(error));
    }
  };
}

function isJwkSet({ status }: Response, text: string): boolean {
  try {
    return status === 200 && Array.isArray(JSON.parse(text)?.keys);
  } catch {
    return false;
  }
}
