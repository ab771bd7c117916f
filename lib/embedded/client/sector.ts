import type { ClientMetadata } from '../settings/client-metadata.js';
import { readOneOf, readString } from './members.js';

/**
 * Reads the sector, whose clients get the same `sub` for a user (OpenID Connect Core 1.0, section 8.1). Since there are no
 * redirect URIs here, the host of the notification endpoint or of `jwks_uri` counts; without either, each client is a
 * sector of its own.
 *
 * @returns `undefined` if `sub` is the same for all clients
 * @throws TypeError naming the member that is wrong
 */
export function readSector(metadata: ClientMetadata, id: string, where: string): string | undefined {
  const isPairwise = readOneOf(metadata, 'subject_type', where, { public: false, pairwise: true });
  const uri = readString(metadata, 'sector_identifier_uri', where);
  if (uri !== undefined && !(URL.canParse(uri) && new URL(uri).protocol === 'https:')) {
    throw new TypeError(`${where}.sector_identifier_uri must be an https URL`);
  }
  if (!isPairwise) return undefined;
  const isNotified = metadata.backchannel_token_delivery_mode !== 'poll';
  const place =
    uri ?? (isNotified ? metadata.backchannel_client_notification_endpoint : undefined) ?? metadata.jwks_uri;
  return place !== undefined && URL.canParse(place) ? new URL(place).host : id;
}
