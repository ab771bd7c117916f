/** Details for the client beside the error code (RFC 6749, section 5.2). */
export interface ErrorDetails {
  /**
   * `error_description`, for the client's developer. Only printable ASCII without `"` and `\` may be sent: `"` becomes
   * `'`, accents are left out, line breaks become blanks, control characters become `?`, and any other character is
   * percent-encoded (`\` becomes `%5C`).
   */
  description?: string | undefined;
  /** `error_uri`: the absolute URL of a page about the error. */
  uri?: string | undefined;
}

/**
 * Checks the details and makes the description safe to send. The texts often come from data, so a strange character
 * in one must not turn a refusal into a server error.
 *
 * @throws TypeError when either is not a string, or `uri` is not an absolute URL in printable ASCII
 */
export function errorDetails(details: ErrorDetails | undefined): ErrorDetails {
  const { description, uri } = details ?? {};
  const checked: ErrorDetails = {};
  if (description !== undefined && description !== null) {
    if (typeof description !== 'string') throw new TypeError('description must be a string');
    checked.description = sendable(description);
  }
  if (uri !== undefined && uri !== null) {
    if (typeof uri !== 'string' || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(uri) || !URL.canParse(uri)) {
      throw new TypeError('uri must be an absolute URL');
    }
    checked.uri = uri;
  }
  return checked;
}

/** Drops typography but no content: validators, for example, put patterns full of backslashes into their messages. */
function sendable(text: string): string {
  return text
    .replace(/["\u2018\u2019\u201c-\u201f]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/gu, asciiOf);
}

function asciiOf(character: string): string {
  const base = character.normalize('NFKD').replace(/\p{M}/gu, '');
  if (/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(base)) return base;
  return /[\p{Cc}\p{Cs}]/u.test(character) ? '?' : encodeURIComponent(character);
}
