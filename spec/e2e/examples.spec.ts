import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { program } from '../support/program.js';

/** Runs an example without a terminal, so that the approval is simulated. */
async function run(file: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { env: { ...process.env, ...env }, timeout: 60_000 };
  const running = promisify(execFile)(process.execPath, [program(file)], options);
  running.child.stdin?.end();
  return (await running).stdout;
}

// They overlap, since they wait more than they work.
describe('the examples, without a terminal', () => {
  it.concurrent('the demo runs to its end', async () => {
    expect(await run('examples/demo.ts')).toContain('closed, with 0 transactions');
  }, 60_000);

  it.concurrent('an agent pays what a person approved, nothing else, and once', async () => {
    const output = await run('examples/agent-payment.ts');
    expect(output.match(/^bank +\d{3}/gm)).toEqual(
      [401, 403, 403, 201, 403].map((status) => `${'bank'.padEnd(12)} ${status}`),
    );
    expect(output).toContain('pay 89.90 EUR to Example Railways\n');
    expect(output.indexOf('phone')).toBe(output.indexOf('phone is simulated'));
    expect(output).toContain('Trip planner, an agent of Example Travel [TRIP-4711], wants to:');
    expect(output).toContain('got no approval: access_denied, authorization_details[0].instructedAmount.amount');
    // Who acted: on the phone above, in the record, the events, the token and the log of the API.
    const agent = '{"sub":"trip-planner","iss":"https://travel.example"';
    expect(output).toMatch(new RegExp(`^approval +recorded: .*"actor":${agent}`, 'm'));
    expect(output).toMatch(/^event +issued: trip-planner of https:\/\/travel\.example acts for alice$/m);
    expect(output).toContain(`"act":${agent}}}, good for 60 seconds`);
    expect(output).toMatch(
      /^bank log .* for alice, by trip-planner of https:\/\/travel\.example, through example-travel$/m,
    );
  }, 60_000);

  it.concurrent.each([
    ['phone.ts', 'npm run example:phone'],
    ['fapi/server.ts', 'npm run start:fapi'],
  ])(
    '%s ends with a sentence when its port is taken',
    async (file, command) => {
      const taken = createServer().listen(0, 'localhost');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const ended = await run(`examples/${file}`, {
        PORT: String(port),
        CLIENTS: 'examples/fapi/clients.sample.json',
      }).catch(({ code, stderr }) => ({
        code,
        stderr,
      }));
      taken.close();
      expect(ended).toEqual({
        code: 1,
        stderr: `Port ${port} is taken. Try another one: PORT=${port + 1} ${command}\n`,
      });
    },
    60_000,
  );

  it.concurrent('a telco answers well-formed CAMARA requests and refuses others', async () => {
    const output = await run('examples/telco.ts');
    expect(output.match(/^operator +\d{3}( \w+:)?/gm)).toEqual(
      [
        '200',
        '200',
        '200',
        '400 unknown_user_id:',
        '400 unknown_user_id:',
        '403 access_denied:',
        '403 access_denied:',
      ].map((answer) => `${'operator'.padEnd(12)} ${answer}`),
    );
    expect(new Set(output.match(/knows the subscriber as \S+/g)).size).toBe(1);
    expect(output).toMatch(/^phone +Example Bank wants to check your SIM card, to prevent fraud\.$/m);
  }, 60_000);
});
