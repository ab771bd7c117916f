import { beforeAll } from '@jest/globals';
import {
  authorized,
  type CibaEvent,
  cibaCompletion,
  type GiveUpReport,
  type NotificationOptions,
} from 'ciba-backchannel';
import { handles } from '../../lib/completion/handle.js';
import { stubAuthlete } from './complete-stub.js';
import { afterwards } from './concurrently.js';
import { deferred } from './deferred.js';
import { receiverCertificate } from './receiver.js';
import { type RecordingLogger, recordingLogger } from './recording-logger.js';

export const token = 'notification-token-of-the-client';
export const body = '{"auth_req_id":"req-1","access_token":"access-token-of-the-push"}';

const handleKeys = ['a secret of at least thirty-two bytes'];
const { seal } = handles(handleKeys);

let ca = '';
let transactions = 0;

/** Before the specs of the file: receivers' certificates. */
export function deliveringSpecs(): void {
  beforeAll(async () => {
    ca = (await receiverCertificate()).cert;
  });
}

/** A process that completes transactions of push clients on loopback until the spec ends, and all that it tells. */
export function delivering(options: NotificationOptions = {}, logger: RecordingLogger = recordingLogger()) {
  let endpoint = '';
  /** Those of the deliveries. */
  const events: CibaEvent[] = [];
  const reports: GiveUpReport[] = [];
  let held: Promise<void> | undefined;
  const authlete = stubAuthlete(async () => {
    await held;
    return {
      action: 'NOTIFICATION',
      responseContent: body,
      clientNotificationEndpoint: endpoint,
      clientNotificationToken: token,
      deliveryMode: 'PUSH',
    };
  });
  const completion = cibaCompletion({
    authlete,
    handleKeys,
    logger,
    onEvent: (event) => void (event.type !== 'completed' && events.push(event)),
    notifications: { allow: () => true, tls: { ca }, onGiveUp: (report) => reports.push(report), ...options },
  });
  afterwards(() => completion.close({ timeout: 0 }));

  /** An approval that the client is to hear of at the endpoint; gives how that ended. */
  async function deliver(to: string, lifetime = 60_000) {
    endpoint = to;
    transactions += 1;
    const handle = seal({
      id: `transaction-${transactions}`,
      ticket: `ticket-${transactions}`,
      subject: 'alice',
      clientId: '42',
      deliveryMode: 'PUSH',
      claimNames: [],
      expiresAt: Date.now() + lifetime,
    });
    const result = await completion.complete(handle, authorized());
    if (result.action !== 'NOTIFICATION') throw new Error(`the result is ${result.action}`);
    return result.notification;
  }

  return {
    deliver,
    /** Authlete answers when this is resolved. */
    holdAnswer() {
      const answer = deferred();
      held = answer.promise;
      return answer;
    },
    close: completion.close,
    logger,
    reports,
    events,
  };
}
