import { describeCompletion } from '../support/completion-rules.js';
import { memoryStore } from '../support/memory-queue.js';
import { describeQueue, lease } from '../support/queue-rules.js';

// The specs' own store, which the simulation uses. Those in PostgreSQL and Redis are in spec/interop.

async function open() {
  const store = memoryStore();
  return () => store.queue({ lease });
}

describeQueue('the store of the simulation', open);
describeCompletion('decisions in the store of the simulation', open);
