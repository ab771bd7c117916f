import { typescriptSdk } from '../support/authlete-library.js';
import { describeLibrary } from '../support/authlete-scenario.js';

describeLibrary({ name: "Authlete's TypeScript SDK", start: typescriptSdk });
