import { describe } from '@jest/globals';
import { memoryDeviceStore } from 'ciba-backchannel/device';
import { deviceStoreRules } from '../support/device-store-rules.js';

describe('memoryDeviceStore()', () => {
  deviceStoreRules(async () => memoryDeviceStore());
});
