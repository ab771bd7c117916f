/** PostgreSQL refuses payloads of 8000 bytes. */
const maxPayload = 7900;

/** Ids of transactions: 16 bytes in base64url. */
const pattern = /^([A-Za-z0-9_-]{22})(?::([0-9]{1,10}))?$/;

/** What processes tell each other about a transaction. */
export interface Announcement {
  id: string;
  /** Milliseconds until it expires; absent when it has been decided. */
  lifetime?: number;
}

/** `id:lifetime` for a transaction that waits, `id` for one that has been decided. */
export function formatAnnouncement({ id, lifetime }: Announcement): string {
  return lifetime === undefined ? id : `${id}:${Math.ceil(lifetime)}`;
}

export function isDecision(announcement: string): boolean {
  return !announcement.includes(':');
}

/** Ignores anything but announcements: anyone with access to the database can send anything. */
export function parseAnnouncements(payload: string): Announcement[] {
  return payload.split(' ').flatMap((text) => {
    const [, id, lifetime] = pattern.exec(text) ?? [];
    if (id === undefined) return [];
    return [lifetime === undefined ? { id } : { id, lifetime: Number(lifetime) }];
  });
}

/** Takes as many announcements as one payload holds from the front of the list. */
export function takePayload(announcements: string[]): string {
  let length = -1;
  let count = 0;
  for (const announcement of announcements) {
    if (length + 1 + announcement.length > maxPayload) break;
    length += 1 + announcement.length;
    count += 1;
  }
  return announcements.splice(0, count).join(' ');
}
