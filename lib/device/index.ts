export { type ApprovalRecord, type VerifyApprovalOptions, verifyApproval } from './approval-record.js';
export { type AuthenticationDevice, authenticationDevice } from './authentication-device.js';
export type { ChangedPasskey, ChangedPhone, ConfirmedBy, DeviceChange } from './change.js';
export { ApprovalError, type ApprovalErrorCode } from './errors.js';
export { memoryDeviceStore } from './memory-device-store.js';
export type { AuthenticationDeviceOptions, Payment, PushOptions, SignedIn } from './options.js';
export type { Shown } from './shown.js';
export type { DeviceRow, DeviceRowKind, DeviceRowLimits, DeviceStore } from './store.js';
export { type DeviceTexts, englishDeviceTexts } from './texts.js';
