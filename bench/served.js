// What every server process of the benchmark does: listen on loopback, tell its port, and report its CPU time when asked.

/**
 * @param {import('node:http').Server} server
 */
export function served(server) {
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.on('message', () => process.send({ cpu: process.cpuUsage() }));
  process.on('disconnect', () => process.exit());
}
