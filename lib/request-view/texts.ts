/** How requests are worded in one language. */
export interface RequestTexts {
  /** Its BCP 47 tag; numbers are written as usual in it. */
  language: string;
  /** What each scope allows, by its name, instead of the scope's own `descriptions` and `description`. */
  scopes: Readonly<Record<string, string>>;
  /** The same for scopes without a description: those of OpenID Connect. */
  standardScopes: Readonly<Record<string, string>>;
  /** The wording of each type of `authorization_details`, by the type. */
  details: Readonly<Record<string, DetailTexts>>;
  /** Names of members of `authorization_details` of any type, such as `creditorName`, by the member's name. */
  members: Readonly<Record<string, string>>;
  true: string;
  false: string;
  /** Shown instead of an empty value: `[]`, `{}`, `''`, `null`. */
  empty: string;
}

/** How one type of `authorization_details` is worded. */
export interface DetailTexts {
  /** The title of the type; by default the type itself, spaced. */
  title?: string;
  /** Names of its members, by their names or their paths (`debtorAccount.iban`). */
  members?: Readonly<Record<string, string>>;
  /** Words for values, such as those of `actions`. */
  values?: Readonly<Record<string, string>>;
}

/** The default. */
export const englishRequestTexts: RequestTexts = {
  language: 'en',
  scopes: {},
  // OpenID Connect Core 1.0, sections 5.4 and 11.
  standardScopes: {
    openid: 'Know who you are',
    profile: 'See your profile: name, picture, birthday and the like',
    email: 'See your e-mail address',
    address: 'See your postal address',
    phone: 'See your phone number',
    offline_access: 'Keep this access while you are away',
  },
  details: {
    payment_initiation: { title: 'Payment' },
    account_information: { title: 'Account information' },
  },
  members: {
    actions: 'Actions',
    locations: 'Where',
    datatypes: 'Data',
    identifier: 'Identifier',
    privileges: 'Privileges',
    amount: 'Amount',
    instructedAmount: 'Amount',
    creditor: 'Payee',
    creditorName: 'Payee',
    creditorAccount: 'Payee’s account',
    debtor: 'Payer',
    debtorName: 'Payer',
    debtorAccount: 'From account',
    remittanceInformationUnstructured: 'Reference',
  },
  true: 'yes',
  false: 'no',
  empty: '(empty)',
};
