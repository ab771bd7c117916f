import type {
  ApproveRequest,
  DenyRequest,
  Details,
  DetailsRequest,
  ListRequest,
  Outcome,
  RequestEnd,
  RequestList,
} from './request-api.js';
import type { AssertionJson, AttestationJson, CreationOptionsJson, RequestOptionsJson } from './webauthn-json.js';

/*
 * What the page and the backend say to each other. Every call is `POST <path>api/<name>` with a JSON object as its body
 * (`{}` if it needs nothing) and `Content-Type: application/json`; the browser adds our `Origin` and the cookies.
 * GET serves static files only and changes nothing.
 *
 * | call                | who may                     | request                         | 200                   |
 * |---------------------|-----------------------------|---------------------------------|-----------------------|
 * | `state`             | anybody                     | {}                              | {@link State}         |
 * | `sign-in/options`   | anybody                     | {}                              | {@link SignInOptions} |
 * | `sign-in`           | a passkey                   | {@link SignInRequest}           | {@link State}         |
 * | `set-up/options`    | the host's session and more | {@link ConfirmedRequest}        | {@link SetUpOptions}  |
 * | `set-up`            | the host's session          | {@link SetUpRequest}            | {@link State}         |
 * | `push`              | the phone                   | {@link PushRequest}             | {@link State}         |
 * | `requests`          | the phone                   | {@link ListRequest}             | {@link RequestList}   |
 * | `request`           | the phone                   | {@link DetailsRequest}          | {@link Details}       |
 * | `deny`              | the phone                   | {@link DenyRequest}             | {@link Outcome}       |
 * | `report`            | the phone                   | {@link DenyRequest}             | {@link Outcome}       |
 * | `approve`           | the phone and a passkey     | {@link ApproveRequest}          | {@link Outcome}       |
 * | `devices`           | the phone, or `stepUp`      | {}                              | {@link Devices}       |
 * | `phones/rename`     | the same                    | {@link RenameRequest}           | {@link Devices}       |
 * | `phones/remove`     | the same and more           | {@link RemoveRequest}           | {@link Devices}       |
 * | `passkeys/remove`   | the same and more           | {@link RemoveRequest}           | {@link Devices}       |
 *
 * "And more": `stepUp` of the host says yes, or an assertion by one of the user's passkeys comes with the call. Without
 * either the answer is 403: `passkey_required` with {@link PasskeyRequired}, for `navigator.credentials.get()`; the page
 * repeats the call with the assertion as `confirmation`. It is `step_up_required` if the user has no passkey yet: the
 * user must sign in with the host again.
 *
 * Setting up: `set-up/options`, `navigator.credentials.create()`, `set-up`. If `create()` throws `InvalidStateError`,
 * this phone has a passkey of the user already (passkeys sync): sign in with it instead. Either makes this browser a phone.
 *
 * `report` denies like `deny`, and tells the host that the user did not ask for this.
 *
 * Every other status has an {@link ApiError} as its body.
 */

/** What each call takes, and what it answers with 200. */
export interface PageCalls {
  state: [object, State];
  'sign-in/options': [object, SignInOptions];
  'sign-in': [SignInRequest, State];
  'set-up/options': [ConfirmedRequest, SetUpOptions];
  'set-up': [SetUpRequest, State];
  push: [PushRequest, State];
  requests: [ListRequest, RequestList];
  request: [DetailsRequest, Details];
  deny: [DenyRequest, Outcome];
  report: [DenyRequest, Outcome];
  approve: [ApproveRequest, Outcome];
  devices: [ConfirmedRequest, Devices];
  'phones/rename': [RenameRequest, Devices];
  'phones/remove': [RemoveRequest, Devices];
  'passkeys/remove': [RemoveRequest, Devices];
}

/** Answer of `state`, and of calls that change it. */
export interface State {
  /** This browser, if it is a phone; `null` if the user must sign in with a passkey or set it up first. */
  phone: { id: string; name: string; user: string; push: boolean } | null;
  /** The user who is signed in at the host. Only setting up a phone depends on it. */
  session: { name: string } | null;
  /** VAPID key, base64url, for `applicationServerKey`. A page with another key subscribes again. `null`: no push. */
  pushKey: string | null;
  /** How many requests wait for the phone's user; 0 if this browser is not a phone. */
  waiting: number;
  /** Address of the host's login, which leads back to this page. `null`: the host has set none. */
  signIn: string | null;
  /** Whether the host takes reports: the page offers "I did not ask for this". */
  report: boolean;
  /** The host's own look. */
  brand: Brand;
  /** The server's time, milliseconds since the epoch: time left is counted from it, as a phone's clock may be wrong. */
  now: number;
}

/** The host's own look; `null` if the page keeps its default. */
export interface Brand {
  /** Address of an image, on the page's origin. */
  logo: string | null;
  /** For buttons and links, in the light and in the dark page; their contrast has been checked. */
  accent: { light: AccentColors; dark: AccentColors } | null;
}

/** Colours as `#rrggbb`. */
export interface AccentColors {
  accent: string;
  /** Of text on the accent. */
  onAccent: string;
}

/** Answer of `sign-in/options`: the `publicKey` of `navigator.credentials.get()`, binary members as base64url. */
export interface SignInOptions {
  publicKey: RequestOptionsJson;
}

/** `sign-in`: this browser becomes a phone of the user whose passkey it is. */
export interface SignInRequest {
  /** `toJSON()` of what `navigator.credentials.get()` gave. */
  credential: AssertionJson;
  /** What the list of phones calls it, at most 60 characters; the page proposes one. */
  name: string;
}

/** A call that may need a confirmation, see above. */
export interface ConfirmedRequest {
  confirmation?: AssertionJson;
}

/** With 403 `passkey_required`. */
export interface PasskeyRequired extends ApiError {
  publicKey: RequestOptionsJson;
}

/** Answer of `set-up/options`: the `publicKey` of `navigator.credentials.create()`, binary members as base64url. */
export interface SetUpOptions {
  publicKey: CreationOptionsJson;
}

/** `set-up`: stores the passkey and makes this browser a phone. */
export interface SetUpRequest {
  /** `toJSON()` of what `navigator.credentials.create()` gave. */
  credential: AttestationJson;
  /** What the lists call phone and passkey, at most 60 characters. */
  name: string;
}

/** `push`: what `PushSubscription.toJSON()` gives; `null` ends it. */
export interface PushRequest {
  subscription: { endpoint: string; keys: { p256dh: string; auth: string } } | null;
}

/** Answer of `devices`: passkeys are listed apart, as they sync: a phone that is removed leaves its passkey alive. */
export interface Devices {
  phones: {
    id: string;
    name: string;
    /** The browser that asks. */
    current: boolean;
    push: boolean;
    /** Milliseconds since the epoch. */
    createdAt: number;
    lastUsedAt: number;
    /** The passkey that made it a phone, if it still exists: removing the phone does not remove it. */
    passkey: string | null;
  }[];
  passkeys: {
    id: string;
    name: string;
    /** Kept by one device, not in an account that syncs. */
    deviceBound: boolean;
    createdAt: number;
    lastUsedAt: number;
    /** Ids of the phones that signed in with it. */
    phones: string[];
  }[];
}

/** `phones/remove` and `passkeys/remove`. */
export interface RemoveRequest extends ConfirmedRequest {
  id: string;
}

/** `phones/rename`. */
export interface RenameRequest {
  id: string;
  /** At most 60 characters. */
  name: string;
}

/** The body of every status but 200. */
export interface ApiError {
  error: ErrorCode;
  /** For developers, in English; the page words the code. */
  message: string;
  /** With `already_decided`. */
  decision?: 'approved' | 'denied';
  /** With `ended`. */
  end?: RequestEnd;
}

export type ErrorCode =
  /** 400: the body is not what the call takes. 405, 413, 415 too. */
  | 'invalid_request'
  /** 403: the call comes from a page of another origin. */
  | 'foreign_origin'
  /** 401: this browser is not a phone (any more): sign in with a passkey. */
  | 'no_phone'
  /** 401: nobody is signed in at the host. */
  | 'no_session'
  /** 403: see above. */
  | 'step_up_required'
  | 'passkey_required'
  /** 403: not a passkey of this user, or not what was asked for, or used before, or too late. */
  | 'passkey_refused'
  /** 404 */
  | 'not_found'
  /** 409 */
  | 'already_decided'
  /** 409: the user has the maximum number of phones or passkeys. */
  | 'too_many'
  /** 410 */
  | 'expired'
  /** 410: it has ended without a decision on the phone. */
  | 'ended'
  /** 503: `onApproval`, `onDecision` or `onChange` of the host failed; nothing has changed, the user may try again. */
  | 'not_recorded'
  /** 500, 503: an error in this package, in a hook of the host or in the store; try again. */
  | 'unavailable';

/**
 * The whole content of a push: a request that waits; a request that has been decided or has ended, whose
 * notification must be closed; or news that phones or passkeys were set up or removed.
 */
export type PushPayload = { request: string } | { ended: string } | { change: string };
