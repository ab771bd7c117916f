import { describe } from '@jest/globals';
import { memoryDeviceStore } from 'ciba-backchannel/device';
import { storeRules } from '../support/store-rules.js';

describe('memoryDeviceStore()', () => {
  storeRules(async () => memoryDeviceStore());
});
