export type { Outcome as PhoneOutcome, RequestSummary as PhoneRequest } from '../settings/request-api.js';
export type { Shown } from '../settings/shown.js';
export {
  type Forgery,
  type PasskeyCreation,
  type PasskeyRequest,
  type SoftwareAuthenticator,
  type SoftwareAuthenticatorOptions,
  type SoftwarePasskey,
  softwareAuthenticator,
} from './software-authenticator.js';
export { type SoftwarePhone, type SoftwarePhoneOptions, softwarePhone } from './software-phone.js';
