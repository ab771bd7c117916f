import { ProtocolError } from './protocol-error.js';

/**
 * Judges the requested resources: absolute URIs without a fragment (RFC 8707, section 2).
 *
 * @param allowed what a token request may choose from; any, where absent
 * @throws ProtocolError `invalid_target`
 */
export function judgeResources(resources: readonly string[], allowed?: readonly string[]): string[] {
  for (const resource of resources) {
    if (!URL.canParse(resource) || resource.includes('#')) {
      throw new ProtocolError('E021301', 'invalid_target', 'resource is not an absolute URI without a fragment');
    }
    if (allowed !== undefined && !allowed.includes(resource)) {
      throw new ProtocolError('E021302', 'invalid_target', 'resource is not one that was granted');
    }
  }
  return [...new Set(resources)];
}
