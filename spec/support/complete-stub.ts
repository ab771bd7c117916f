import type { AuthleteApi, CallOptions } from '../../lib/authlete/api.js';
import type {
  BackchannelAuthenticationCompleteRequest,
  BackchannelAuthenticationCompleteResponse,
} from '../../lib/authlete/types/backchannel-authentication-complete.js';

type Answer =
  | Partial<BackchannelAuthenticationCompleteResponse>
  | ((request: BackchannelAuthenticationCompleteRequest, options?: CallOptions) => unknown);

/** An AuthleteApi that knows complete only; each ticket may be used once, as at Authlete. */
export interface StubAuthlete extends Pick<AuthleteApi, 'backchannelAuthenticationComplete'> {
  requests: BackchannelAuthenticationCompleteRequest[];
}

/** @param answer to a ticket that was not used before */
export function stubAuthlete(answer: Answer = { action: 'NO_ACTION' }): StubAuthlete {
  const requests: BackchannelAuthenticationCompleteRequest[] = [];
  const used = new Set<string>();
  return {
    requests,
    async backchannelAuthenticationComplete(request, options) {
      requests.push(request);
      if (used.has(request.ticket)) {
        return { action: 'SERVER_ERROR', resultCode: 'A178201', resultMessage: `no such ticket: ${request.ticket}` };
      }
      const given = await (typeof answer === 'function' ? answer(request, options) : answer);
      used.add(request.ticket);
      return given as BackchannelAuthenticationCompleteResponse;
    },
  };
}
