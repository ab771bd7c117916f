import { withUndici } from '../../lib/outbound/with-undici.js';

// Jest lets nobody import while it is between two tests, and clients are called then, too.
await withUndici((undici) => undici)();
