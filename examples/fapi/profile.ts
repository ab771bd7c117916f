import type { EmbeddedAuthleteOptions } from 'ciba-backchannel/embedded';

/** What the server does for one of the suite's profiles. */
export interface Profile {
  /** As the suite names it. */
  name: ProfileName;
  engine: Pick<
    EmbeddedAuthleteOptions,
    | 'scopes'
    | 'acrs'
    | 'deliveryModes'
    | 'userCode'
    | 'expiresIn'
    | 'accessTokenDuration'
    | 'idTokenDuration'
    | 'ignoreRequestedExpiry'
  >;
  /** Algorithms of the keys that sign ID tokens, the default first. */
  idTokenAlgorithms: ('ES256' | 'PS256')[];
  /** Where a client announces what it wants, with its own access token, before it asks the user. */
  intents?: { path: string; scope: string };
  /** Whether the hint is the id of such an intent, and names no user. */
  hintIsIntent?: true;
}

export type ProfileName = 'plain_fapi' | 'openbanking_uk' | 'openbanking_brazil';

/** An ACR that the server supports; the suite's second client asks for it. */
export const acrValue = 'urn:example:loa:2';

const day = 86_400;

const plain: Profile = {
  name: 'plain_fapi',
  engine: { scopes: ['openid', 'offline_access', 'accounts'], acrs: [acrValue], expiresIn: 300 },
  idTokenAlgorithms: ['ES256', 'PS256'],
};

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  plain_fapi: plain,
  openbanking_uk: {
    ...plain,
    name: 'openbanking_uk',
    intents: { path: '/account-requests', scope: 'accounts' },
  },
  openbanking_brazil: {
    name: 'openbanking_brazil',
    engine: {
      scopes: [
        'openid',
        'offline_access',
        'accounts',
        'consents',
        { name: 'consent', attributes: [{ key: 'regex', value: 'consent:urn:[\\w:.-]{1,200}' }] },
      ],
      acrs: ['urn:brasil:openbanking:loa2', 'urn:brasil:openbanking:loa3'],
      // Open Finance Brasil: access tokens last 300 to 900 seconds, ID tokens half a year at least.
      accessTokenDuration: 900,
      idTokenDuration: 200 * day,
      ignoreRequestedExpiry: true,
      deliveryModes: ['ping'],
      userCode: false,
      // The module about expiry waits this long, and the suite's script waits for a module for 240 seconds at most.
      expiresIn: 120,
    },
    idTokenAlgorithms: ['PS256'],
    intents: { path: '/consents', scope: 'consents' },
    hintIsIntent: true,
  },
};
