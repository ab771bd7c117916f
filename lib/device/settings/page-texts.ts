/**
 * What the page says besides the request itself, in one language. `{client}`, `{name}` and the like stand for what is put
 * there; a text may do without.
 */
export interface PageTexts {
  direction: 'ltr' | 'rtl';

  /** A request: after the client's name. */
  asks: string;
  bindingMessage: string;
  amount: string;
  payee: string;
  scopes: string;
  resources: string;
  /** `{time}`, minutes and seconds. */
  timeLeft: string;
  /** `{seconds}`; for screen readers. */
  expiresSoon: string;
  approve: string;
  deny: string;
  /** While the passkey is asked. */
  confirmWithPasskey: string;
  wait: string;

  /** How requests end. Each has a headline, and details in which `{client}` may stand. */
  approved: string;
  approvedDetails: string;
  denied: string;
  deniedDetails: string;
  undelivered: string;
  undeliveredDetails: string;
  refused: string;
  refusedDetails: string;
  expired: string;
  expiredDetails: string;
  approvedBefore: string;
  deniedBefore: string;
  decidedBeforeDetails: string;
  notFound: string;
  notFoundDetails: string;
  closeThis: string;

  /** The list of requests. */
  requests: string;
  nothing: string;
  nothingDetails: string;
  earlier: string;

  /** A browser that is not a phone yet. */
  welcome: string;
  signIn: string;
  signInDetails: string;
  /** `{rp}`, the relying party's name; also in `stepUpDetails`. */
  noSession: string;
  setUp: string;
  /** `{user}`. */
  setUpDetails: string;
  phoneName: string;
  stepUp: string;
  stepUpDetails: string;
  unsupported: string;

  /** Notifications. */
  beAsked: string;
  beAskedDetails: string;
  allowNotifications: string;
  notificationsBlocked: string;
  homeScreen: string;
  /** Shown on a locked phone. */
  notificationTitle: string;
  notificationBody: string;
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
  remove: string;
  /** `{name}`, as in the two below. */
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

/** The default. */
export const englishPageTexts: PageTexts = {
  direction: 'ltr',

  asks: 'asks for your approval',
  bindingMessage: 'The same message must stand where you began',
  amount: 'Amount',
  payee: 'To',
  scopes: 'What it may do',
  resources: 'Where',
  timeLeft: '{time} left',
  expiresSoon: 'Expires in {seconds} seconds',
  approve: 'Approve',
  deny: 'Deny',
  confirmWithPasskey: 'Confirm with your passkey',
  wait: 'One moment',

  approved: 'Approved',
  approvedDetails: '{client} may now:',
  denied: 'Denied',
  deniedDetails: '{client} gets nothing.',
  undelivered: 'Approved, not yet delivered',
  undeliveredDetails: 'Your approval is kept, and {client} is told as soon as possible.',
  refused: 'Not approved',
  refusedDetails: 'Your approval came too late. {client} gets nothing.',
  expired: 'Expired',
  expiredDetails: 'Nobody decided in time. If you want it, begin again where you began.',
  approvedBefore: 'Already approved',
  deniedBefore: 'Already denied',
  decidedBeforeDetails: 'This was decided before, perhaps on another of your phones.',
  notFound: 'No such request',
  notFoundDetails: 'It has ended, or is meant for somebody else.',
  closeThis: 'You can close this page.',

  requests: 'Requests',
  nothing: 'Nothing to approve',
  nothingDetails: 'When somebody asks for your approval, it appears here.',
  earlier: 'Earlier',

  welcome: 'Approve on this phone',
  signIn: 'Sign in with a passkey',
  signInDetails: 'You have set up a passkey for approvals before: it makes this browser one of your phones.',
  noSession: 'No passkey yet? Sign in with {rp} in this browser, then open this page again.',
  setUp: 'Set up this phone',
  setUpDetails:
    'You are signed in as {user}. This makes a passkey; from then on you are asked here, and approve with it.',
  phoneName: 'Name of this phone',
  stepUp: 'Sign in again',
  stepUpDetails: 'To protect you, {rp} must know that it is you: sign in with it again, then come back here.',
  unsupported: 'This browser knows no passkeys. Take a newer one, or another phone.',

  beAsked: 'Be asked at once',
  beAskedDetails: 'A notification tells you when somebody asks. It shows no more than that.',
  allowNotifications: 'Allow notifications',
  notificationsBlocked:
    'Notifications are blocked in the settings of this browser. Requests still appear on this page.',
  homeScreen:
    'To be asked by a notification on an iPhone or iPad, add this page to the home screen first: Share, then “Add to Home Screen”. Open it there, and set it up there.',
  notificationTitle: 'Your approval is asked for',
  notificationBody: 'Open to see who asks, and for what.',
  changeTitle: 'Your phones have changed',
  changeBody: 'A phone or a passkey was set up or removed. Was it you?',

  devices: 'Phones and passkeys',
  phones: 'Phones',
  passkeys: 'Passkeys',
  thisPhone: 'this phone',
  lastUsed: 'last used on {date}',
  getsNotifications: 'gets notifications',
  deviceBound: 'stays on one device',
  synced: 'shared by your devices',
  addPasskey: 'Add a passkey',
  remove: 'Remove',
  removeNamed: 'Remove {name}',
  removePhone:
    'Remove the phone {name}? It is asked no longer. Its passkey stays where it is kept: if the phone is lost, remove that as well.',
  removePasskey: 'Remove the passkey {name}? Nothing can be approved with it any more, wherever it is kept.',
  keep: 'Keep',

  offline: 'You are offline. Requests can be neither seen nor decided.',
  notConfirmed: 'You have not confirmed. Nothing has happened.',
  passkeyRefused: 'This passkey was not accepted. Nothing has happened.',
  notRecorded: 'It could not be recorded, so nothing has happened. Try again.',
  tooMany: 'You have as many as there may be. Remove one first.',
  unavailable: 'It does not work at the moment. Try again.',
};
