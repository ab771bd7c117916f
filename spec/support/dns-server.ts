import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';

/** What a DNS server of a spec says of a name: its addresses (none: it does not exist), or nothing at all. */
export type DnsAnswer = readonly string[] | 'silence';

export interface DnsServer {
  /** Each question, as `A client.example`. */
  questions: string[];
  close(): void;
}

/** Starts a DNS server and lets this process ask it, until it is closed. IPv4 addresses only. */
export async function startDnsServer(answer: (name: string) => DnsAnswer): Promise<DnsServer> {
  const questions: string[] = [];
  const before = dns.getServers();
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { name, type, end } = questionIn(message);
    questions.push(`${type === 1 ? 'A' : 'AAAA'} ${name}`);
    const addresses = answer(name);
    if (addresses === 'silence') return;
    const records = type === 1 ? addresses.map(record) : [];
    const header = Buffer.alloc(12);
    message.copy(header, 0, 0, 2);
    // A response; NXDOMAIN where there is no address at all.
    header.writeUInt16BE(addresses.length === 0 ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([header, message.subarray(12, end), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  dns.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    questions,
    close() {
      dns.setServers(before);
      socket.close();
    },
  };
}

function questionIn(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  // Resolvers may mix the letters' case.
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function record(address: string): Buffer {
  // The name of the question, A, IN, TTL 0, four bytes.
  return Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]);
}
