import { describe, expect, it } from '@jest/globals';
import type { AuthenticationRequest } from 'ciba-backchannel';
import { requestView } from '../../lib/request-view/request-view.js';
import { englishRequestTexts, type RequestTexts } from '../../lib/request-view/texts.js';

function request(changes: Partial<AuthenticationRequest> = {}): AuthenticationRequest {
  return {
    clientId: '9007199254740993',
    clientIdAlias: 'teller',
    clientName: 'Bank teller',
    hintType: 'LOGIN_HINT',
    hint: 'alice',
    scopes: [{ name: 'openid' }],
    deliveryMode: 'POLL',
    ...changes,
  };
}

function detail(members: string | object, common: object = {}, texts: RequestTexts = englishRequestTexts) {
  const otherFields = typeof members === 'string' ? members : JSON.stringify(members);
  const elements = [{ type: 'payment_initiation', otherFields, ...common }];
  return requestView(request({ authorizationDetails: { elements } }), texts).details[0];
}

/** The lines of one detail, as `name: value`. */
const lines = (...args: Parameters<typeof detail>) =>
  detail(...args)?.lines.map(({ name, value }) => `${name} = ${value}`);

const german: RequestTexts = {
  language: 'de',
  scopes: { dpv: 'Zweck', loans: 'Darlehen sehen' },
  standardScopes: { openid: 'Wissen, wer Sie sind', payments: 'Zahlen' },
  details: {
    payment_initiation: {
      title: 'Überweisung',
      members: { 'creditorAccount.iban': 'IBAN des Empfängers', actions: 'Was geschieht' },
      values: { initiate: 'auslösen' },
    },
  },
  members: { instructedAmount: 'Betrag' },
  true: 'ja',
  false: 'nein',
  empty: '(leer)',
};

describe('the client', () => {
  it('is shown with its name and its textual id', () => {
    expect(requestView(request()).client).toEqual({ id: 'teller', name: 'Bank teller' });
  });

  it('is called by its id where it has no name, and has its number as id where it has no other', () => {
    const changes = { clientName: undefined, clientIdAlias: undefined };
    expect(requestView(request(changes)).client).toEqual({ id: '9007199254740993', name: '9007199254740993' });
  });
});

describe('scopes', () => {
  const scopes = [
    { name: 'openid' },
    { name: 'payments', description: 'Make payments' },
    {
      name: 'loans',
      description: 'See loans',
      descriptions: [
        { tag: 'de-CH', value: 'Kredite anschauen' },
        { tag: 'de', value: 'Kredite sehen' },
      ],
    },
    { name: 'x:y' },
  ];

  it('are worded by what they allow, and only a scope that nobody has described is shown by its name', () => {
    expect(requestView(request({ scopes })).scopes).toEqual(['Know who you are', 'Make payments', 'See loans', 'x:y']);
  });

  it('are worded as the texts say, else as the service describes them in the language, else as it describes them', () => {
    expect(requestView(request({ scopes }), german).scopes).toEqual([
      'Wissen, wer Sie sind',
      'Make payments',
      'Darlehen sehen',
      'x:y',
    ]);
    expect(requestView(request({ scopes }), { ...german, scopes: {} }).scopes[2]).toBe('Kredite sehen');
  });

  it('with a parameter are worded with it', () => {
    const dynamicScopes = [{ name: 'dpv', value: 'dpv:FraudPrevention' }];
    expect(requestView(request({ dynamicScopes }), german).scopes.at(-1)).toBe('Zweck: FraudPrevention');
    expect(requestView(request({ dynamicScopes })).scopes.at(-1)).toBe('dpv:FraudPrevention');
  });

  it('named like members of every object have no words', () => {
    expect(requestView(request({ scopes: [{ name: 'constructor' }] })).scopes).toEqual(['constructor']);
  });
});

describe('authorization_details', () => {
  it('read as a person reads them: the example of RFC 9396, section 2', () => {
    const payment = {
      instructedAmount: { currency: 'EUR', amount: '123.50' },
      creditorName: 'Merchant A',
      creditorAccount: { bic: 'ABCIDEFFXXX', iban: 'DE02100100109307118603' },
      remittanceInformationUnstructured: 'Ref Number Merchant',
    };
    const common = { actions: ['initiate', 'status'], locations: ['https://example.com/payments'] };
    expect(detail(payment, common)).toEqual({
      title: 'Payment',
      lines: [
        { name: 'Amount', value: '123.50 EUR', isAmount: true },
        { name: 'Payee', value: 'Merchant A' },
        { name: 'Payee’s account: IBAN', value: 'DE02 1001 0010 9307 1186 03' },
        { name: 'Payee’s account: BIC', value: 'ABCIDEFFXXX' },
        { name: 'Reference', value: 'Ref Number Merchant' },
        { name: 'Actions', value: 'initiate, status' },
        { name: 'Where', value: 'https://example.com/payments' },
      ],
    });
  });

  it.each<[string, string | object, string[]]>([
    [
      'an amount beside its currency',
      { payee: 'A', amount: '89.90', currency: 'EUR' },
      ['Amount = 89.90 EUR', 'Payee = A'],
    ],
    [
      'an amount of Open Banking',
      { InstructedAmount: { Amount: '165.88', Currency: 'GBP' } },
      ['Instructed amount = 165.88 GBP'],
    ],
    ['an amount as value', { total: { value: '5', currency: 'EUR' } }, ['Total = 5 EUR']],
    ['digits as they were written', '{"amount":89.90,"currency":"EUR"}', ['Amount = 89.90 EUR']],
    [
      'all digits of a long number',
      '{"amount":12345678901234567890.01,"currency":"EUR","n":9007199254740993}',
      ['Amount = 12,345,678,901,234,567,890.01 EUR', 'N = 9007199254740993'],
    ],
    [
      'an amount with more to say of it',
      { fee: { amount: '1', currency: 'EUR', waived: true } },
      ['Fee: Amount = 1 EUR', 'Fee: Waived = yes'],
    ],
    [
      'two that could be the amount',
      { amount: '1', Amount: '9', currency: 'EUR' },
      ['Amount = 1', 'Amount = 9', 'Currency = EUR'],
    ],
    [
      'an account',
      { debtorAccount: { iban: 'DE40100100103307118608' } },
      ['From account = DE40 1001 0010 3307 1186 08'],
    ],
    [
      'an account with its currency',
      { debtorAccount: { iban: 'DE40100100103307118608', currency: 'EUR' } },
      ['From account = DE40 1001 0010 3307 1186 08, EUR'],
    ],
    [
      'an account in one member',
      { creditorIban: 'de40 1001 00103307118608' },
      ['Creditor IBAN = de40 1001 0010 3307 1186 08'],
    ],
    [
      'a list of accounts',
      { access: { accounts: [{ iban: 'DE40100100103307118608' }, { iban: 'DE02100100109307118603' }] } },
      ['Access: Accounts = DE40 1001 0010 3307 1186 08, DE02 1001 0010 9307 1186 03'],
    ],
    ['a card in groups', { card: { pan: '5123 45XX XXXX 1234' } }, ['Card = 5123 45XX XXXX 1234']],
    [
      'an account in groups',
      { debtorAccount: { iban: 'DE40 1001 0010 3307 1186 08' } },
      ['From account = DE40 1001 0010 3307 1186 08'],
    ],
    ['a name that is blank', { givenName: ' ', familyName: 'B' }, ['Given name =  ', 'Family name = B']],
    ['a card', { card: { maskedPan: '512345XXXXXX1234' } }, ['Card = 5123 45XX XXXX 1234']],
    ['a name', { patient: { given_name: 'Ana', family_name: 'López' } }, ['Patient = Ana López']],
    [
      'a name and more',
      { patient: { firstName: 'Ana', lastName: 'López', born: '1990-05-01' } },
      ['Patient: First name = Ana López', 'Patient: Born = 1990-05-01'],
    ],
    [
      'a list of objects',
      { items: [{ sku: 'a', count: 2 }, { sku: 'b' }] },
      ['Items 1: Sku = a', 'Items 1: Count = 2', 'Items 2: Sku = b'],
    ],
    [
      'what is empty',
      { accounts: [], note: '', limit: null, more: {} },
      ['Accounts = (empty)', 'Note = (empty)', 'Limit = (empty)', 'More = (empty)'],
    ],
    ['booleans and zero', { urgent: false, sent: true, count: 0 }, ['Urgent = no', 'Sent = yes', 'Count = 0']],
    [
      'names of any style',
      { endToEndID: 1, 'creditor-name': 2, 'Was ist das?': 3, 'https://a.example/x': 4 },
      ['End to end ID = 1', 'Creditor name = 2', 'Was ist das? = 3', 'https://a.example/x = 4'],
    ],
    ['a member named __proto__', '{"__proto__":{"amount":"1"}}', ['__proto__: Amount = 1']],
  ])('show %s', (_, members, expected) => {
    expect(lines(members)).toEqual(expected);
  });

  it.each<[string, string]>([
    ['"0"', '0'],
    ['"0.001"', '0.001'],
    ['"100.00"', '100.00'],
    ['"-5.50"', '-5.50'],
    ['"-0"', '-0'],
    ['"123456789012345678901.23"', '123,456,789,012,345,678,901.23'],
    [`"${'9'.repeat(30)}.${'9'.repeat(15)}"`, `${Array(10).fill('999').join(',')}.${'9'.repeat(15)}`],
    ['89.9', '89.9'],
    ['89.90', '89.90'],
    ['9007199254740993', '9,007,199,254,740,993'],
    ['0.1234567890123', '0.1234567890123'],
  ])('show every digit of the amount %s', (amount, shown) => {
    expect(lines(`{"instructedAmount":{"currency":"EUR","amount":${amount}}}`)).toEqual([`Amount = ${shown} EUR`]);
  });

  it.each(['JPY', 'KWD', 'XXQ', 'eur'])('show the amount 10.5550 of the currency %s with its digits', (currency) => {
    expect(lines({ instructedAmount: { currency, amount: '10.5550' } })).toEqual([`Amount = 10.5550 ${currency}`]);
  });

  it.each([
    ['"1 000.00"', '1 000.00'],
    ['" 1000"', ' 1000'],
    ['"- 5"', '- 5'],
    ['"1\\n"', '1⟨U+000A⟩'],
    ['"1,000.00"', '1,000.00'],
    ['"1.000,00"', '1.000,00'],
    ['"1_000"', '1_000'],
    ['"1."', '1.'],
    ['".5"', '.5'],
    ['"1e5"', '1e5'],
    ['"+1"', '+1'],
    ['"0x10"', '0x10'],
    ['"007"', '007'],
    ['"00"', '00'],
    ['"Infinity"', 'Infinity'],
    ['"NaN"', 'NaN'],
    ['"１０"', '１０'],
    ['"٥"', '٥'],
    [`"${'9'.repeat(31)}"`, '9'.repeat(31)],
    [`"0.${'9'.repeat(16)}"`, `0.${'9'.repeat(16)}`],
    ['1e21', '1e21'],
    ['1E-7', '1E-7'],
    ['12.5e1', '12.5e1'],
  ])('show an amount that is not a plain decimal as it is: %s', (amount, shown) => {
    expect(lines(`{"instructedAmount":{"amount":${amount},"currency":"EUR"}}`)).toEqual([
      `Amount: Amount = ${shown}`,
      'Amount: Currency = EUR',
    ]);
  });

  it.each([
    ['"E UR"', 'E UR'],
    ['"EUR "', 'EUR '],
    ['"€"', '€'],
    ['"EURO"', 'EURO'],
    ['978', '978'],
    ['""', '(empty)'],
    ['null', '(empty)'],
  ])('show a currency that is not a code as it is: %s', (currency, shown) => {
    expect(lines(`{"instructedAmount":{"currency":${currency},"amount":"1000"}}`)).toEqual([
      `Amount: Currency = ${shown}`,
      'Amount: Amount = 1000',
    ]);
  });

  it('show the amount first, wherever the client put it', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`line${index}`, 'x']));
    expect(lines({ ...many, instructedAmount: { currency: 'EUR', amount: '9000' } })?.[0]).toBe('Amount = 9,000 EUR');
  });

  it.each(['1 000.00', '1e3', ''])('show the amount %j first too, which cannot be read as one', (amount) => {
    const shown = lines({ payee: 'x', total: { note: 'y', value: amount, currency: 'EUR' } });
    expect(shown?.slice(0, 2)).toEqual([`Total: Value = ${amount || '(empty)'}`, 'Total: Currency = EUR']);
  });

  it('show amounts in a list first too', () => {
    const fees = [
      { amount: '1', currency: 'EUR' },
      { amount: '2.50', currency: 'EUR' },
    ];
    expect(lines({ payee: 'x', fees })).toEqual(['Fees = 1 EUR, 2.50 EUR', 'Payee = x']);
  });

  it('leave its currency to an amount that cannot be read as one', () => {
    expect(lines({ iban: 'DE40100100103307118608', amount: '1e3', currency: 'EUR' })).toEqual([
      'Amount = 1e3',
      'Currency = EUR',
      'IBAN = DE40 1001 0010 3307 1186 08',
    ]);
  });

  it('are worded, and their numbers written, in the language of the texts', () => {
    const payment = {
      instructedAmount: { currency: 'EUR', amount: '1234.50' },
      creditorAccount: { iban: 'DE02100100109307118603', owner: 'A' },
      urgent: true,
      note: '',
    };
    expect(detail(payment, { actions: ['initiate', 'other'] }, german)).toEqual({
      title: 'Überweisung',
      lines: [
        { name: 'Betrag', value: '1.234,50 EUR', isAmount: true },
        { name: 'Creditor account: IBAN des Empfängers', value: 'DE02 1001 0010 9307 1186 03' },
        { name: 'Creditor account: Owner', value: 'A' },
        { name: 'Urgent', value: 'ja' },
        { name: 'Note', value: '(leer)' },
        { name: 'Was geschieht', value: 'auslösen, other' },
      ],
    });
  });

  it('have their type as title: spaced where it is a name, as it is where it is a URL', () => {
    const types = ['customer_information', 'https://scheme.example.org/files', 'account_information', 'toString'];
    const elements = types.map((type) => ({ type }));
    expect(requestView(request({ authorizationDetails: { elements } })).details.map(({ title }) => title)).toEqual([
      'Customer information',
      'https://scheme.example.org/files',
      'Account information',
      'To string',
    ]);
  });
});

describe('a payment that the host declares', () => {
  const transfer = {
    instructedAmount: { currency: 'EUR', amount: '1234.50' },
    creditorName: 'Opera',
    reference: 'Tosca',
  };
  const viewOf = (payment: { amount: string; payee: string }, texts = englishRequestTexts) => {
    const elements = [{ type: 'payment_initiation', otherFields: JSON.stringify(transfer) }];
    return requestView(request({ authorizationDetails: { elements } }), texts, payment);
  };

  it('is written as is usual in the language, all digits kept', () => {
    expect(viewOf({ amount: '1234.50 EUR', payee: 'Opera' }, german).payment?.amount).toBe('1.234,50 EUR');
    expect(viewOf({ amount: '1234.50 EUR', payee: 'Opera' }).payment?.amount).toBe('1,234.50 EUR');
    expect(viewOf({ amount: '12345678901234567890.123 EUR', payee: 'Opera' }, german).payment?.amount).toBe(
      '12.345.678.901.234.567.890,123 EUR',
    );
    for (const amount of ['1e3 EUR', '€ 5', '01.5 EUR', '5 EUR or more']) {
      expect(viewOf({ amount, payee: 'Opera' }, german).payment?.amount).toBe(amount);
    }
  });

  it('is not repeated in the details, which keep everything else', () => {
    const [detail] = viewOf({ amount: '1234.50 EUR', payee: 'Opera' }).details;
    expect(detail?.lines).toEqual([{ name: 'Reference', value: 'Tosca' }]);
  });

  it('leaves the details whole where they say something else', () => {
    expect(viewOf({ amount: '1234.50 EUR', payee: 'Theatre' }).details[0]?.lines).toHaveLength(3);
    expect(viewOf({ amount: '1.00 EUR', payee: 'Opera' }).details[0]?.lines).toHaveLength(3);
  });
});

describe('characters that nobody sees', () => {
  it.each([
    ['a line break', 'a\nb', 'a⟨U+000A⟩b'],
    ['a bell', '\u0007', '⟨U+0007⟩'],
    ['an override of the direction', 'pay\u202eeruces', 'pay⟨U+202E⟩eruces'],
    ['an isolate', '\u2066a\u2069', '⟨U+2066⟩a⟨U+2069⟩'],
    ['a zero-width space', 'a\u200bb', 'a⟨U+200B⟩b'],
    ['a blank that has no shape', 'a\u3164b\u2800', 'a⟨U+3164⟩b⟨U+2800⟩'],
    ['a tag', '\u{e0041}', '⟨U+E0041⟩'],
    ['half a character', 'a\ud800', 'a⟨U+D800⟩'],
    ['a separator of paragraphs', 'a\u2029', 'a⟨U+2029⟩'],
    ['a joiner without a reason', 'ab\u200dcd', 'ab⟨U+200D⟩cd'],
    ['blanks that push the rest away', 'a\u00a0 \u2003b', 'a⟨U+00A0⟩⟨U+0020⟩⟨U+2003⟩b'],
    ['a stroke through a name', 'A\u0336B\u0336', 'A⟨U+0336⟩B⟨U+0336⟩'],
    ['a mark on a digit', '5\u03050', '5⟨U+0305⟩0'],
    ['piled marks', 'e\u0301\u0301\u0302', 'e⟨U+0301⟩⟨U+0301⟩⟨U+0302⟩'],
    ['marks piled with joiners between them', 'क्\u200d्\u200d्', 'क⟨U+094D⟩⟨U+200D⟩⟨U+094D⟩⟨U+200D⟩⟨U+094D⟩'],
  ])('are shown by their numbers: %s', (_, text, visible) => {
    expect(requestView(request({ bindingMessage: text, clientName: `${text}!` }))).toMatchObject({
      bindingMessage: visible,
      client: { name: `${visible}!` },
    });
  });

  it.each([
    ['emoji', '👩‍👩‍👧‍👦 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ['Persian', 'می‌خواهم'],
    ['Hindi', 'क्‍ष'],
    ['Hebrew', 'שלום 123'],
    ['accents', 'Z\u0301oe\u0308'],
    ['Vietnamese', 'Vie\u0323\u0302t'],
    ['vowels of Hebrew', 'שָׁלוֹם'],
    ['Thai', 'น้ำใต้'],
    ['a sign of mathematics', 'a ≠ b'],
    ['two blanks', 'A  B'],
  ])('stay where they belong to the writing: %s', (_, text) => {
    expect(requestView(request({ bindingMessage: text })).bindingMessage).toBe(text);
  });

  it('are shown in every text of others', () => {
    const view = requestView(
      request({
        scopes: [{ name: 'a\u202e' }],
        resources: ['https://a\u202e'],
        authorizationDetails: { elements: [{ type: 't\u202e', otherFields: '{"n\u202e":"v\u202e"}' }] },
      }),
      englishRequestTexts,
      { amount: '1\u202e', payee: 'p\u202e' },
    );
    expect(JSON.stringify(view)).not.toContain('\u202e');
    expect(JSON.stringify(view).match(/⟨U\+202E⟩/g)).toHaveLength(7);
  });
});

describe('what does not fit', () => {
  const elements = (otherFields: string) => ({ authorizationDetails: { elements: [{ type: 'a', otherFields }] } });

  it.each<[string, Partial<AuthenticationRequest>, RegExp]>([
    ['a long client name', { clientName: 'x'.repeat(256) }, /client name/],
    ['a long binding message', { bindingMessage: 'x'.repeat(501) }, /binding message/],
    ['a message that is long once it can be seen', { bindingMessage: '\u200b'.repeat(100) }, /binding message/],
    ['blanks that fill a screen', { bindingMessage: `A${'\u00a0'.repeat(480)}B` }, /binding message/],
    ['marks that fill a screen', { resources: [`https://a${'\u0301'.repeat(68)}`] }, /resource/],
    ['a long value', elements(JSON.stringify({ a: 'x'.repeat(501) })), /value of a member/],
    ['a long name', elements(JSON.stringify({ ['x'.repeat(256)]: 1 })), /name of a member/],
    [
      'many lines',
      elements(JSON.stringify(Object.fromEntries(Array.from({ length: 61 }, (_, index) => [`a${index}`, 1])))),
      /more than 60 lines/,
    ],
    [
      'many scopes',
      { scopes: Array.from({ length: 61 }, (_, index) => ({ name: `s${index}` })) },
      /more than 60 scopes/,
    ],
    ['deep arrays', elements(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`), /deeper/],
    ['deep objects', elements(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`), /deeper/],
    ['a name that stands twice', elements('{"a":{"amount":"1","amount" :"9000"}}'), /a name occurs twice/],
    ['a name that stands twice, once escaped', elements('{"amount":"1","\\u0061mount":"9000"}'), /a name occurs twice/],
    ['details that are no JSON', elements('not JSON'), /not a JSON object/],
    ['details that are no object', elements('[1]'), /not a JSON object/],
    ['numbers that are no JSON', elements('{"a":01}'), /not a JSON object/],
  ])('is refused, never cut: %s', (_, changes, reason) => {
    const view = () => requestView(request(changes));
    expect(view).toThrow(reason);
    expect(view).toThrow(expect.objectContaining({ code: 'ERR_REQUEST_UNSHOWABLE' }));
  });
});
