import { cibaBackchannel } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import {
  authorizationDetails,
  bindingMessage,
  clients,
  constantTimeEqual,
  promptLimit,
  resources,
  userCode,
} from 'ciba-backchannel/policies';
import express from 'express';
import { z } from 'zod';

const authlete = await embeddedAuthlete({
  issuer: 'https://as.example.com',
  clients: [{ client_id: 'teller', client_secret: 'teller-secret', backchannel_token_delivery_mode: 'poll' }],
});

interface Customer {
  subject: string;
  pin?: string;
}

const customers: Customer[] = [{ subject: 'alice', pin: '4711' }, { subject: 'bob' }];

const payment = z.object({
  type: z.literal('payment_initiation'),
  instructedAmount: z.object({ currency: z.literal('EUR'), amount: z.string().regex(/^\d{1,6}\.\d\d$/) }),
  creditorName: z.string().min(1).max(70),
  locations: z.array(z.literal('https://payments.example.com/')).optional(),
});

const ciba = cibaBackchannel({
  authlete,
  identifyUser: ({ hint }) => customers.find(({ subject }) => subject === hint),
  policy: [
    clients({ deny: ['retired-app'] }),
    resources({ allow: ['https://payments.example.com/'] }),
    authorizationDetails({ types: ['payment_initiation'], validate: { payment_initiation: payment } }),
    bindingMessage({ required: true, pattern: /^[A-Z0-9-]+$/ }),
    userCode<Customer>({
      required: (user) => user.pin !== undefined,
      verify: (user, code) => constantTimeEqual(code, user.pin),
    }),
    promptLimit({ perUser: 10, perClient: 5, window: 600 }), // last: requests refused before it do not count
  ],
});

export const app = express();
app.use('/backchannel/authentication', ciba);
