export type { SimulatorClient, SimulatorEndpoints, SimulatorOptions } from './options.js';
export { type Simulator, simulator } from './simulator.js';
