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

/** The default. */
export const englishPageTexts: PageTexts = {
  direction: 'ltr',

  agent: '{agent}, an agent of {client},',
  asks: 'asks for your approval',
  account: 'Account: {user}',
  bindingMessage: 'Check that you see the same code where you started. Different? Deny.',
  amount: 'Amount',
  payee: 'To',
  scopes: 'This will allow it to',
  resources: 'Where it will use this',
  details: 'Details',
  clientId: 'Client ID',
  agentId: 'Agent ID',
  agentIssuer: 'Agent identified by',
  timeLeft: '{time} left',
  expiresSoon: 'Expires in {seconds} seconds',
  approve: 'Approve',
  readOn: 'Read on',
  deny: 'Deny',
  notAsked: 'I did not ask for this',
  denying: 'Denying this request.',
  reporting: 'Denying and reporting this request.',
  undo: 'Undo',
  confirmWithPasskey: 'Confirm with your passkey',
  wait: 'One moment',

  approved: 'Approved',
  approvedDetails: '{client} can now:',
  approvedPayment: 'You approved {amount} to {payee}.',
  denied: 'Denied',
  deniedDetails: 'Nothing was approved for {client}.',
  reportedDetails: 'Nothing was approved for {client}, and your report was sent.',
  undelivered: 'Approved, not yet delivered',
  undeliveredDetails: 'Your approval is saved. {client} will be told as soon as possible.',
  refused: 'Not approved',
  refusedDetails: 'Your approval came too late. Nothing was approved for {client}.',
  expired: 'Expired',
  expiredDetails: 'Time ran out before anyone decided. If you still want this, start again where you started.',
  withdrawn: 'Withdrawn',
  withdrawnDetails: '{client} no longer asks for this. Nothing was approved.',
  replaced: 'Asked again',
  replacedDetails: '{client} has sent this request again. The newer one is waiting for you.',
  endedElsewhere: 'Finished elsewhere',
  endedElsewhereDetails: 'This request was finished without this phone.',
  approvedBefore: 'Already approved',
  deniedBefore: 'Already denied',
  decidedBeforeDetails: 'This was decided before, perhaps on another of your phones.',
  notFound: 'Request not found',
  notFoundDetails: 'It has ended, or it is for someone else.',
  done: 'Done',
  next: 'Next request',

  requests: 'Requests',
  nothing: 'Nothing to approve',
  nothingDetails: 'Requests for your approval appear here.',
  earlier: 'Earlier',
  payment: '{amount} to {payee}',
  askedAt: 'asked at {time}',

  welcome: 'Approve on this phone',
  hasPasskey: 'I have a passkey',
  hasPasskeyDetails: 'You already approve on another phone or browser, and your passkey is on this one too.',
  noPasskey: 'I have no passkey yet',
  noPasskeyDetails: 'Sign in to {rp} first. You then come back here and create a passkey.',
  noSession: 'No passkey yet? Sign in to {rp} in this browser, then open this page again.',
  setUp: 'Set up this phone',
  setUpDetails:
    'You are signed in as {user}. You will create a passkey. Requests then appear here, and you approve them with it.',
  stepUp: 'Sign in again',
  stepUpDetails: 'For your security, {rp} needs to know that it is you. Sign in again, then come back here.',
  unsupported: 'This browser does not support passkeys. Use a newer one, or another phone.',
  browserOn: '{browser} on {system}',

  beAsked: 'Get a notification',
  beAskedDetails: 'A notification tells you that someone asks for your approval, and nothing more.',
  allowNotifications: 'Allow notifications',
  notificationsBlocked: 'Notifications are blocked in this browser’s settings. Requests still appear on this page.',
  homeScreen:
    'To get notifications on an iPhone or iPad, first add this page to the home screen: tap Share, then “Add to Home Screen”. Open it there and set it up there.',
  notificationTitle: 'Your approval is needed',
  notificationBody: 'Open to see who asks, and for what.',
  notificationEnded: 'This request has ended',
  changeTitle: 'Your phones have changed',
  changeBody: 'A phone or passkey was set up or removed. Was it you?',

  devices: 'Phones and passkeys',
  phones: 'Phones',
  passkeys: 'Passkeys',
  thisPhone: 'this phone',
  lastUsed: 'last used on {date}',
  getsNotifications: 'gets notifications',
  deviceBound: 'stays on one device',
  synced: 'shared between your devices',
  addPasskey: 'Add a passkey',
  phoneName: 'Name of this phone',
  rename: 'Rename',
  renameNamed: 'Rename {name}',
  save: 'Save',
  cancel: 'Cancel',
  remove: 'Remove',
  removeNamed: 'Remove {name}',
  removePhone:
    'Remove the phone {name}? It will get no more requests. Its passkey stays where it is stored. If the phone is lost, remove the passkey too.',
  removePasskey: 'Remove the passkey {name}? It can no longer approve anything, wherever it is stored.',
  keep: 'Keep',

  offline: 'You are offline. You cannot see or decide requests.',
  notConfirmed: 'You did not confirm. Nothing was approved or changed.',
  passkeyRefused: 'This passkey was not accepted. Nothing was approved or changed.',
  notRecorded: 'This could not be recorded, so nothing was approved or changed. Try again.',
  tooMany: 'You have reached the limit. Remove one first.',
  unavailable: 'This does not work at the moment. Try again.',
};
