export type { AuthleteApi, CallOptions, ProviderMetadata } from './authlete/api.js';
export type { AuthenticationRequest } from './authlete/authentication-request.js';
export { type AuthleteClient, authleteClient } from './authlete/client/client.js';
export type {
  Authlete2Config,
  Authlete3Config,
  AuthleteClientConfig,
  AuthleteConnection,
  AuthleteTls,
} from './authlete/client/client-config.js';
export type { ErrorDetails } from './authlete/error-details.js';
export { AuthleteError, type AuthleteErrorCode } from './authlete/errors.js';
export { Rejection, reject } from './authlete/rejection.js';
export { transactionId } from './authlete/transaction-id.js';
export * from './authlete/types/backchannel-authentication.js';
export * from './authlete/types/backchannel-authentication-complete.js';
export * from './authlete/types/backchannel-authentication-fail.js';
export * from './authlete/types/backchannel-authentication-issue.js';
export * from './authlete/types/common-types.js';
export * from './authlete/types/introspection.js';
export { Reason } from './authlete/types/reason.js';
export type { RevocationRequest, RevocationResponse } from './authlete/types/revocation.js';
export * from './authlete/types/token.js';
export * from './authlete/types/token-revoke.js';
export type {
  Actor,
  AnyHostPolicy,
  Authenticate,
  Awaitable,
  HookContext,
  IdentifyUser,
  Policy,
  Transaction,
  User,
} from './backchannel/hooks.js';
export { type CibaBackchannel, cibaBackchannel } from './backchannel/middleware.js';
export type { CibaBackchannelOptions } from './backchannel/options.js';
export type { ClaimsHook } from './completion/claims.js';
export { type CibaCompletionOptions, cibaCompletion } from './completion/completion.js';
export {
  type AuthorizedParameters,
  authorized,
  type Decision,
  denied,
  failed,
  type Later,
  later,
} from './completion/decision.js';
export * from './completion/errors.js';
export type { HandleKey } from './completion/handle.js';
export type { CibaCompletion, CloseResult, CompleteOptions, CompletionResult } from './completion/types.js';
export { type CibaDiscovery, type CibaDiscoveryOptions, cibaDiscovery } from './discovery/middleware.js';
export type {
  ClientCertificate,
  ClientCertificateHeader,
  ClientCertificateOption,
} from './endpoint/certificate/client-certificate.js';
export type { EndpointHandler } from './endpoint/doors.js';
export type { FetchHandler } from './endpoint/fetch.js';
export type { NodeHandler } from './endpoint/node.js';
export type { Job, JobQueue, QueueWork, WorkOptions } from './jobs/queue.js';
export * from './notification/errors.js';
export type { GiveUpReport, NotificationOptions, NotificationOutcome, NotificationTls } from './notification/types.js';
export { type CibaRevocation, cibaRevocation } from './revocation/middleware.js';
export type { CibaRevocationOptions } from './revocation/options.js';
export { decisionSignal } from './signal/decision-signal.js';
export type { DecisionSignal, SignalWatcher } from './signal/signal.js';
export type * from './telemetry/events.js';
export type { Logger, LoggerOption } from './telemetry/logger.js';
export { type PinoLogger, pinoLogger } from './telemetry/pino-logger.js';
export type { Trace, TraceCount, TraceDetails, TraceStep } from './telemetry/trace.js';
export { type WinstonLogger, winstonLogger } from './telemetry/winston-logger.js';
export type { JudgedTokenRequest } from './token/judged-token-request.js';
export type { LongPollingOptions } from './token/long-polling.js';
export { type CibaToken, cibaToken } from './token/middleware.js';
export type { CibaTokenOptions, OtherGrant, OtherGrantAnswer } from './token/options.js';
export type { TokenPolicy } from './token/policy.js';
