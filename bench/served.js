// What every server process of the benchmark does: listen on loopback, tell its port, and, when asked, report its CPU
// time or profile itself.

import { Session } from 'node:inspector/promises';

/**
 * @param {import('node:http').Server} server
 */
export function served(server) {
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.on('message', async ({ profile }) => {
    process.send(profile === undefined ? { cpu: process.cpuUsage() } : await profiles[profile]());
  });
  process.on('disconnect', () => process.exit());
}

const session = new Session();

const profiles = {
  async startCpu() {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
    return {};
  },
  async stopCpu() {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  },
  async startAllocations() {
    session.connect();
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: 4_096,
      // What has been collected counts too: it is what the collector has to do.
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    return {};
  },
  async stopAllocations() {
    const { profile } = await session.post('HeapProfiler.stopSampling');
    session.disconnect();
    return profile;
  },
};
