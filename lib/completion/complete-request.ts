import type { BackchannelAuthenticationCompleteRequest } from '../authlete/types/backchannel-authentication-complete.js';
import type { IssuedTransaction } from '../jobs/contents.js';
import { withAct } from './act.js';
import type { Decision } from './decision.js';

/** The request for Authlete; objects travel as JSON in strings. */
export function completeRequest(
  { ticket, subject, actor }: Pick<IssuedTransaction, 'ticket' | 'subject' | 'actor'>,
  decision: Decision,
  claims: Record<string, unknown>,
): BackchannelAuthenticationCompleteRequest {
  if (decision.result !== 'AUTHORIZED') {
    const { result, description, uri } = decision;
    return {
      ticket,
      result,
      subject,
      ...(description !== undefined && { errorDescription: description }),
      ...(uri !== undefined && { errorUri: uri }),
    };
  }
  const { claims: _values, idtHeaderParams, jwtAtClaims, ...rest } = { ...decision, ...withAct(decision, actor) };
  return {
    ...rest,
    ticket,
    subject,
    ...(Object.keys(claims).length > 0 && { claims: JSON.stringify(claims) }),
    ...(idtHeaderParams && { idtHeaderParams: JSON.stringify(idtHeaderParams) }),
    ...(jwtAtClaims && { jwtAtClaims: JSON.stringify(jwtAtClaims) }),
  };
}
