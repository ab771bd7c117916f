import {
  type AuthleteApi,
  authorized,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  denied,
  type HandleKey,
  later,
} from 'ciba-backchannel';
import express from 'express';
import serverless from 'serverless-http';

interface Host {
  authlete: AuthleteApi;
  handleKeys: HandleKey[];
  findUser(hint: string): Promise<{ subject: string } | undefined>;
  /** Sends the question to the user's phone, which calls `/device/callback` with the handle. */
  push(subject: string, question: { handle: string; message: string | undefined }): Promise<void>;
}

export function lambda({ authlete, handleKeys, findUser, push }: Host) {
  const ciba = cibaBackchannel({
    authlete,
    handleKeys,
    identifyUser: ({ hint }) => findUser(hint),
    async authenticate({ handle, subject, request }) {
      await push(subject, { handle, message: request.bindingMessage });
      return later();
    },
  });
  const app = express();
  app.use('/backchannel/authentication', ciba);
  app.use('/token', cibaToken({ authlete, htu: 'https://as.bank.example/token' }));
  app.use(cibaDiscovery({ authlete }));
  app.post('/device/callback', async (req, res) => {
    // Check here that it is the user's phone that calls.
    const { handle, approved } = JSON.parse(String(req.body)); // serverless-http gives a Buffer
    await ciba.complete(handle, approved ? authorized() : denied());
    res.status(204).end();
  });

  const run = serverless(app);
  return async (event: object, context: object) => {
    const answer = await run(event, context);
    await ciba.idle(); // Lambda freezes the process as soon as this function returns
    return answer;
  };
}
