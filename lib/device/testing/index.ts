export {
  type Forgery,
  type PasskeyCreation,
  type PasskeyRequest,
  type SoftwareAuthenticator,
  type SoftwareAuthenticatorOptions,
  type SoftwarePasskey,
  softwareAuthenticator,
} from './software-authenticator.js';
export { type PhoneOutcome, type SoftwarePhone, type SoftwarePhoneOptions, softwarePhone } from './software-phone.js';
