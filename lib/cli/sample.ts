import type { EmbeddedAuthleteOptions } from '../embedded/index.js';

/** The engine's options without a file: a client of each delivery mode. */
export const sample: EmbeddedAuthleteOptions = {
  issuer: 'https://as.example.com',
  acrs: ['loa2'],
  clients: [
    {
      client_id: 'teller',
      client_secret: 'tellersecret',
      client_name: 'Bank teller',
      backchannel_token_delivery_mode: 'poll',
    },
    {
      client_id: 'branch',
      client_secret: 'branchsecret',
      client_name: 'Bank branch',
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: 'https://branch.example.com/notifications',
    },
    {
      client_id: 'kiosk',
      client_secret: 'kiosksecret',
      client_name: 'Bank kiosk',
      backchannel_token_delivery_mode: 'push',
      backchannel_client_notification_endpoint: 'https://kiosk.example.com/notifications',
    },
  ],
};
