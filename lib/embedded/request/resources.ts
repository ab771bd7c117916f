import type { Settings } from '../settings/settings.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Judges the requested resources: they must be absolute URIs without a fragment (RFC 8707, section 2) that the service knows.
 *
 * @param granted the resources that a token request may choose from; any by default
 * @throws ProtocolError `invalid_target`
 */
export function judgeResources(
  settings: Settings,
  resources: readonly string[],
  granted?: readonly string[],
): string[] {
  for (const resource of resources) {
    if (!URL.canParse(resource) || resource.includes('#')) {
      throw new ProtocolError('E021301', 'invalid_target', 'resource is not an absolute URI without a fragment');
    }
    if (granted !== undefined && !granted.includes(resource)) {
      throw new ProtocolError('E021302', 'invalid_target', 'resource is not one that was granted');
    }
    if (settings.resources !== undefined && !settings.resources.has(resource)) {
      throw new ProtocolError('E021303', 'invalid_target', 'resource is unknown to this service');
    }
  }
  return [...new Set(resources)];
}
