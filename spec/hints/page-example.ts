import { cibaBackchannel } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { identifyBy, parseLoginHint, verifyIdTokenHint, verifyLoginHintToken } from 'ciba-backchannel/hints';
import express from 'express';

const issuer = 'https://as.example.com';

const authlete = await embeddedAuthlete({
  issuer,
  clients: [{ client_id: 'teller', client_secret: 'teller-secret', backchannel_token_delivery_mode: 'poll' }],
});

const jwks = await authlete.jwks();

const users = [{ subject: 'alice', phoneNumber: '+34666666666', email: 'alice@example.com' }];

// A constant of its own, so that TypeScript hands the type of the users on to the other hooks.
const identifyUser = identifyBy({
  loginHint(hint) {
    const parsed = parseLoginHint(hint);
    switch (parsed.type) {
      case 'tel':
        return users.find(({ phoneNumber }) => phoneNumber === parsed.phoneNumber);
      case 'email':
        return users.find(({ email }) => email === parsed.email);
      case 'opaque':
        return users.find(({ subject }) => subject === parsed.value);
      default: // an address, an operator's token, or malformed: UNKNOWN_USER_ID
        return null;
    }
  },

  async loginHintToken(hint) {
    const { subject, subjectIdentifier } = await verifyLoginHintToken(hint, {
      audience: issuer,
      issuers: { 'https://discovery.example.net': { jwksUri: 'https://discovery.example.net/jwks' } },
    });
    if (subjectIdentifier?.format !== 'phone_number') return null;
    return users.find(({ phoneNumber }) => phoneNumber === subject);
  },

  async idTokenHint(hint, { clientId, clientIdAlias }) {
    const { subject } = await verifyIdTokenHint(hint, {
      issuer,
      audience: [clientId, clientIdAlias],
      jwks,
      maxAge: 90 * 86_400,
    });
    return users.find((user) => user.subject === subject);
  },
});

export const app = express();
app.use('/backchannel/authentication', cibaBackchannel({ authlete, identifyUser }));
