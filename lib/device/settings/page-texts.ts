/**
 * What the page says around the request, in one language. `{client}`, `{name}` and the like are replaced by their
 * values; a text may omit them.
 */
export interface PageTexts {
  direction: 'ltr' | 'rtl';

  /** The heading when a client's agent asks: `{agent}`, `{client}`. */
  agent: string;
  /** Follows the client's name, in a request. */
  asks: string;
  /** Whose account it is: `{user}`. */
  account: string;
  /** Above the binding message: what to do with it. */
  bindingMessage: string;
  amount: string;
  payee: string;
  scopes: string;
  resources: string;
  /** What can be unfolded: the ids of the client and of its agent. */
  details: string;
  clientId: string;
  agentId: string;
  /** Who identified the agent. */
  agentIssuer: string;
  /** `{time}`, minutes and seconds. */
  timeLeft: string;
  /** `{seconds}`; for screen readers. */
  expiresSoon: string;
  approve: string;
  /** Replaces `approve` until the end of the request has been on the screen. */
  readOn: string;
  deny: string;
  /** Denies, and tells the host that somebody else began this. */
  notAsked: string;
  /** For three seconds, before a denial is sent. */
  denying: string;
  reporting: string;
  undo: string;
  /** While the passkey is asked. */
  confirmWithPasskey: string;
  wait: string;

  /** How requests end. Each has a headline, and details in which `{client}` may stand. */
  approved: string;
  approvedDetails: string;
  /** What was approved, as a sentence: `{amount}`, `{payee}`. */
  approvedPayment: string;
  denied: string;
  deniedDetails: string;
  reportedDetails: string;
  undelivered: string;
  undeliveredDetails: string;
  refused: string;
  refusedDetails: string;
  expired: string;
  expiredDetails: string;
  withdrawn: string;
  withdrawnDetails: string;
  replaced: string;
  replacedDetails: string;
  endedElsewhere: string;
  endedElsewhereDetails: string;
  approvedBefore: string;
  deniedBefore: string;
  decidedBeforeDetails: string;
  notFound: string;
  notFoundDetails: string;
  done: string;
  /** Above another request that waits. */
  next: string;

  /** The list of requests. */
  requests: string;
  nothing: string;
  nothingDetails: string;
  earlier: string;
  /** `{amount}`, `{payee}`. */
  payment: string;
  /** `{time}` of the day. */
  askedAt: string;

  /** A browser that is not a phone yet. */
  welcome: string;
  hasPasskey: string;
  hasPasskeyDetails: string;
  noPasskey: string;
  /** `{rp}`, the relying party's name; also in `noSession` and `stepUpDetails`. */
  noPasskeyDetails: string;
  /** If the host has set no address for signing in. */
  noSession: string;
  setUp: string;
  /** `{user}`. */
  setUpDetails: string;
  stepUp: string;
  stepUpDetails: string;
  unsupported: string;
  /** The name of a phone whose model the browser does not say: `{browser}`, `{system}`. */
  browserOn: string;

  /** Notifications. */
  beAsked: string;
  beAskedDetails: string;
  allowNotifications: string;
  notificationsBlocked: string;
  homeScreen: string;
  /** Shown on a locked phone. */
  notificationTitle: string;
  notificationBody: string;
  /** Replaces the notification for a moment, when its request has ended. */
  notificationEnded: string;
  changeTitle: string;
  changeBody: string;

  /** Phones and passkeys. */
  devices: string;
  phones: string;
  passkeys: string;
  thisPhone: string;
  /** `{date}`. */
  lastUsed: string;
  getsNotifications: string;
  deviceBound: string;
  synced: string;
  addPasskey: string;
  phoneName: string;
  rename: string;
  /** `{name}`, as in the three below. */
  renameNamed: string;
  save: string;
  cancel: string;
  remove: string;
  removeNamed: string;
  removePhone: string;
  removePasskey: string;
  keep: string;

  /** What went wrong. */
  offline: string;
  notConfirmed: string;
  passkeyRefused: string;
  notRecorded: string;
  tooMany: string;
  unavailable: string;
}

/** As the page gets them. */
export interface ServedTexts extends PageTexts {
  /** BCP 47 tag. */
  language: string;
}

/** What the service worker has to know; it is part of its script, so that a notification waits for nothing. */
export interface WorkerSettings {
  /** The version, which is in the page too. */
  version: string;
  /** Names of all files but the page and the service worker. */
  files: string[];
  /** Name of the notifications' picture. */
  icon: string;
  texts: Pick<
    ServedTexts,
    | 'language'
    | 'direction'
    | 'notificationTitle'
    | 'notificationBody'
    | 'notificationEnded'
    | 'changeTitle'
    | 'changeBody'
  >[];
}
