import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ErrorCode } from '../../src/lib/errors.ts'
import type { LoginStatus } from '../../src/login/login-flow.ts'
import type { LoginStateName } from '../../src/readings/login-state-name.ts'
import type { PastSummary } from '../../src/readings/past.ts'
import type { ExporterFacts } from '../../src/web/exporter-facts.ts'
import { describeDistance } from '../../src/web/moment.ts'
import type { ScrapeNews } from '../../src/web/scrapes.ts'
import { FACTS, setupPages } from './fake-site.ts'

const NOW_MS = Date.parse('2026-11-22T10:00:00Z')
const DAY_MS = 86_400_000
const READ = { lastPollAtMs: NOW_MS - 5000, lastSuccessAtMs: NOW_MS - 5000 }
const ANNA: LoginStatus = {
  id: 'id-of-anna',
  userId: 'user_00009ZxYAnNa',
  state: 'connected',
  ...READ,
}
const BEN: LoginStatus = { ...ANNA, id: 'id-of-ben', userId: 'user_00009ZxYbEnn' }
const CURRENT = { accountId: 'acc_00009AnnaCurr', accountType: 'uk_retail' }
const JOINT = { accountId: 'acc_00009TheJoint', accountType: 'uk_retail_joint' }
const HOUR_MS = 3_600_000
const ALL_LOST = { sinceMs: NOW_MS - HOUR_MS, isAll: true, accountIds: [CURRENT.accountId] }

/** What is shown in the rows of the page, by their terms. */
const rowsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/<dt>(.+?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, term = '', shown = '']) => [
      term,
      shown.replace(/<\/li><li>/g, ', ').replace(/<[^>]+>/g, ''),
    ]),
  )
const verdictsOf = (text: string): string[][] =>
  [...text.matchAll(/<p class="verdict (\w+)"><svg .*?<\/svg> (.+?)<\/p>/g)].map((found) =>
    found.slice(1, 3),
  )

const states: [state: LoginStateName, headline: string][] = [
  ['unauthorized', 'Nobody is logged in'],
  ['awaiting_approval', 'Waiting for your approval in the Monzo app'],
  ['connected', 'Connected'],
  ['reauthorization_required', 'You have to log in again'],
]
for (const [state, headline] of states) {
  it(`says “${headline}” of a login that is ${state}`, async (t) => {
    const { get } = await setupPages(t, { logins: () => [{ ...ANNA, state }] })
    const { status, text } = await get('/')
    assert.equal(status, 200)
    assert.match(text, new RegExp(`<h1 tabindex="-1">${headline}</h1>`))
    assert.match(text, new RegExp(`<title>${headline} · Monzo exporter</title>`))
  })
}

const answers: [level: string, word: string, headline: string, login: Partial<LoginStatus>][] = [
  ['good', 'Working', 'Connected', {}],
  ['starting', 'Starting', 'Connected', { lastSuccessAtMs: undefined }],
  [
    'yours',
    'Your turn',
    'Waiting for your approval in the Monzo app',
    { state: 'awaiting_approval' },
  ],
  ['bad', 'Not working', 'You have to log in again', { state: 'reauthorization_required' }],
  ['bad', 'Not working', 'Connected, but no balance is exported', { lost: ALL_LOST }],
  [
    'fair',
    'Partly working',
    'Connected, but not every balance is exported',
    { lost: { ...ALL_LOST, isAll: false } },
  ],
  [
    'fair',
    'Ends soon',
    'Log in again within 7 days',
    { authorizationExpiresAtMs: NOW_MS + 6 * DAY_MS + 1 },
  ],
  ['fair', 'Ends soon', 'Log in again within a day', { authorizationExpiresAtMs: NOW_MS + DAY_MS }],
  ['fair', 'Ends soon', 'Log in again within a day', { authorizationExpiresAtMs: NOW_MS + 1 }],
  ['good', 'Working', 'Connected', { authorizationExpiresAtMs: NOW_MS + 7 * DAY_MS + 1 }],
  ['good', 'Working', 'Connected', { authorizationExpiresAtMs: NOW_MS - 1 }],
]
for (const [level, word, headline, login] of answers) {
  it(`answers “${word}” and “${headline}”, with a sign, at ${JSON.stringify(login)}`, async (t) => {
    const { get } = await setupPages(t, { logins: () => [{ ...ANNA, ...login }] })
    const { text } = await get('/')
    assert.deepEqual(verdictsOf(text), [[level, word]])
    assert.match(text, new RegExp(`<h1 tabindex="-1">${headline}</h1>`))
  })
}

it('says that tokens are at risk as long as they are only in memory', async (t) => {
  const facts = { ...FACTS, areTokensPersisted: false }
  const { get } = await setupPages(t, { logins: () => [ANNA], facts: () => facts })
  const { text } = await get('/')
  assert.deepEqual(verdictsOf(text), [['fair', 'At risk']])
  assert.match(text, /<h1 [^>]*>Connected, but the tokens are not safe on disk<\/h1>/)
  assert.match(rowsOf(text)['Tokens'] ?? '', /^Only in memory\. If the exporter stops now/)
})

it('tells since when, until when, and when balances were read', async (t) => {
  const login = {
    ...ANNA,
    sinceMs: NOW_MS - 2 * DAY_MS,
    authorizationExpiresAtMs: NOW_MS + 88 * DAY_MS,
    lastSuccessAtMs: NOW_MS - 65_000,
  }
  const { get } = await setupPages(t, { logins: () => [login] })
  const { text } = await get('/')
  assert.match(
    text,
    /<time datetime="2026-11-20T10:00:00\.000Z">20 Nov 2026, 10:00 UTC<\/time> <span class="distance">\(2 days ago\)</,
  )
  assert.deepEqual(rowsOf(text), {
    'Connected since': '20 Nov 2026, 10:00 UTC (2 days ago)',
    'Monzo’s consent ends': '18 Feb 2027, 10:00 UTC (in 88 days)',
    'Balances last read': '22 Nov 2026, 09:58 UTC (1 minute ago)',
    Prometheus: 'Last scrape 22 Nov 2026, 09:59 UTC (10 seconds ago)',
    Tokens: 'Safe on disk',
    Webhooks: 'Off: payments show with the next poll',
  })
})

it('promises no end of consent to a login that has ended, or is not approved yet', async (t) => {
  for (const state of ['reauthorization_required', 'awaiting_approval'] as const) {
    const login = { ...ANNA, state, authorizationExpiresAtMs: NOW_MS + 89 * DAY_MS }
    const { get } = await setupPages(t, { logins: () => [login] })
    assert.doesNotMatch((await get('/')).text, /consent ends|89 days/)
  }
})

it('names the accounts by account_names, else by type, and says which have no balance', async (t) => {
  const other = { accountId: 'acc_00009NewSort', accountType: 'uk_new_sort' }
  const login: LoginStatus = {
    ...ANNA,
    accounts: [other, JOINT, CURRENT],
    lost: { ...ALL_LOST, isAll: false },
  }
  const { get } = await setupPages(t, {
    logins: () => [login],
    accountNames: () => ({ [JOINT.accountId]: 'Rent & bills' }),
  })
  const { text } = await get('/')
  assert.equal(
    rowsOf(text)['Exported accounts'],
    'Current account (no balance), Rent &amp; bills, uk_new_sort',
  )
  assert.equal(rowsOf(text)['Some balances missing since'], '22 Nov 2026, 09:00 UTC (1 hour ago)')
  assert.doesNotMatch(text, /acc_/)
})

it('tells accounts of one name apart by the end of their id, as dashboards do', async (t) => {
  const bens = { accountId: 'acc_00009BensCurr', accountType: 'uk_retail' }
  const logins = () => [
    { ...ANNA, accounts: [CURRENT, JOINT] },
    { ...BEN, accounts: [{ ...bens, accountId: 'acc_00009Ben2' }, JOINT] },
  ]
  const { get } = await setupPages(t, { logins })
  const headings = [...(await get('/')).text.matchAll(/<h2>(.+?)<\/h2>/g)].map(([, text]) => text)
  assert.deepEqual(headings, [
    'Current account …Curr and Joint account',
    'Current account …Ben2 and Joint account',
  ])
})

it('calls a login by two of its accounts, and says how many more there are', async (t) => {
  const flex = { accountId: 'acc_00009Flex', accountType: 'uk_monzo_flex' }
  const logins = () => [{ ...ANNA, accounts: [CURRENT, JOINT, flex] }, BEN]
  const { get } = await setupPages(t, { logins })
  assert.match((await get('/')).text, /<h2>Current account, Joint account and 1 more<\/h2>/)
})

it('says since when all of the history is known, and how the rest can be had', async (t) => {
  const sinceMs = NOW_MS - 88 * DAY_MS
  const history = { transactions: 345, knownSinceMs: 0, incompleteSinceMs: sinceMs }
  const { get } = await setupPages(t, { logins: () => [{ ...ANNA, history }] })
  assert.equal(
    rowsOf((await get('/')).text)['History'],
    '345 transactions; everything since 26 Aug 2026 is known. Older ones are missing. ' +
      'Monzo shows them only in the five minutes after an approval: log in again to have them read.',
  )
})
it('says how far reading the history is, and how much is known afterwards', async (t) => {
  let history: PastSummary = { transactions: 3412, progress: { year: 2021, transactions: 3412 } }
  const { get } = await setupPages(t, { logins: () => [{ ...ANNA, history }] })
  const shown = async () => rowsOf((await get('/')).text)['History']
  assert.equal(await shown(), 'Reading your history: 2021, 3,412 transactions')
  history = { transactions: 0 }
  assert.equal(await shown(), 'Nothing is known yet')
  history = { transactions: 0, isFailing: true }
  assert.equal(
    await shown(),
    'Nothing is known yet. Something cannot be kept at the moment; the log says why.',
  )
  history = { transactions: 1, knownSinceMs: Date.parse('2018-03-01T09:00:00Z') }
  assert.equal(await shown(), '1 transaction; everything since 1 Mar 2018 is known')
})
it('says nothing of the history of a login that has ended before its accounts are known', async (t) => {
  let login: LoginStatus = { ...ANNA, history: { transactions: 0 } }
  const { get } = await setupPages(t, { logins: () => [login] })
  const shown = async () => rowsOf((await get('/')).text)['History']
  assert.equal(await shown(), 'Nothing is known yet')
  login = { ...login, state: 'reauthorization_required' }
  assert.equal(await shown(), undefined)
})
it('says how to have a history where none is kept', async (t) => {
  const facts = () => ({ ...FACTS, keepsHistory: false })
  const { get } = await setupPages(t, { logins: () => [ANNA], facts })
  assert.match(
    rowsOf((await get('/')).text)['History'] ?? '',
    /^Off: .* set history = true.* log in/,
  )
  const playground = await setupPages(t, { flow: undefined, logins: () => [ANNA], facts })
  assert.equal(
    rowsOf((await playground.get('/')).text)['History'],
    'Off. With history = true, the last 88 days are read and kept.',
  )
})

const START = '22 Nov 2026, 09:00 UTC (1 hour ago)'
const AGO = '22 Nov 2026, 09:50 UTC (10 minutes ago)'
const scrapes: [news: Omit<ScrapeNews, 'startedAtMs'>, shown: string][] = [
  [{}, `No scrape since the start, ${START}. Is the scrape config below in prometheus.yml?`],
  [
    { refusedAtMs: NOW_MS - 600_000 },
    `No scrape since the start, ${START}. One was refused ${AGO}, without the right token: set credentials in prometheus.yml to stats_token.`,
  ],
  [
    { lastAtMs: NOW_MS - 600_000 },
    `Last scrape ${AGO}. Is Prometheus running? Its Targets page says what is wrong.`,
  ],
  [
    { lastAtMs: NOW_MS - 60_000, refusedAtMs: NOW_MS },
    'Last scrape 22 Nov 2026, 09:59 UTC (1 minute ago)',
  ],
]
for (const [news, shown] of scrapes) {
  it(`says of Prometheus at ${JSON.stringify(news)}: ${shown}`, async (t) => {
    const facts = () => ({ ...FACTS, scrapes: { startedAtMs: NOW_MS - HOUR_MS, ...news } })
    const { get } = await setupPages(t, { logins: () => [ANNA], facts })
    assert.equal(rowsOf((await get('/')).text)['Prometheus'], shown)
  })
}

const webhooks: [news: NonNullable<ExporterFacts['webhooks']>, shown: string][] = [
  [{ isFailing: false }, 'On, nothing delivered since the start'],
  [
    { isFailing: false, lastDeliveryAtMs: NOW_MS - 60_000 },
    'On, last delivery 22 Nov 2026, 09:59 UTC (1 minute ago)',
  ],
  [
    { isFailing: true, lastDeliveryAtMs: NOW_MS },
    'On, but not registered for every account. The log says why; the exporter keeps trying.',
  ],
]
for (const [news, shown] of webhooks) {
  it(`says of webhooks: ${shown}`, async (t) => {
    const facts = () => ({ ...FACTS, webhooks: news })
    const { get } = await setupPages(t, { logins: () => [ANNA], facts })
    assert.equal(rowsOf((await get('/')).text)['Webhooks'], shown)
  })
}

it('says nothing of the exporter while nobody has logged in', async (t) => {
  const { get } = await setupPages(t, {
    facts: () => ({ ...FACTS, scrapes: { startedAtMs: NOW_MS } }),
  })
  assert.deepEqual(rowsOf((await get('/')).text), {})
})

it('has the form at hand when a login is needed soon, and out of the way otherwise', async (t) => {
  let login: LoginStatus = { ...ANNA, authorizationExpiresAtMs: NOW_MS + DAY_MS }
  const { get } = await setupPages(t, { logins: () => [login] })
  const isInDetails = async () =>
    /<details>\s*<summary>[^<]+<\/summary>[^§]*?<form/.test((await get('/')).text)
  assert.equal(await isInDetails(), false)
  login = ANNA
  assert.equal(await isInDetails(), true)
})

it('says what to do when no approval was asked for', async (t) => {
  const { get } = await setupPages(t, { logins: () => [{ ...ANNA, state: 'awaiting_approval' }] })
  assert.match((await get('/')).text, /<summary>Nothing came\? Declined\?<\/summary>[^§]*?<form/)
})

it('says that consent has ended once it has', async (t) => {
  const login = { ...ANNA, authorizationExpiresAtMs: NOW_MS - DAY_MS }
  const { get } = await setupPages(t, { logins: () => [login] })
  assert.match((await get('/')).text, /consent ended<\/dt>/)
})

it('says why the last poll failed and what to do, without naming the account', async (t) => {
  const problem = {
    message: 'no login sees acc_00009ABCdef',
    hint: 'check account_id <in config.toml>',
  }
  const { get } = await setupPages(t, {
    logins: () => [{ ...ANNA, hasFailed: true, problem }],
  })
  const { text } = await get('/')
  assert.match(text, /<h1 tabindex="-1">Connected, but the last poll failed<\/h1>/)
  assert.match(text, /No login sees acc_…\. Check account_id &lt;in config\.toml&gt;\./)
})

const crowds: [states: LoginStateName[], headline: string][] = [
  [['connected', 'connected'], 'Both logins are connected'],
  [['connected', 'reauthorization_required'], '1 of 2 logins needs attention'],
  [['awaiting_approval', 'reauthorization_required'], '2 of 2 logins need attention'],
]
for (const [[first = 'connected', second = 'connected'], headline] of crowds) {
  it(`says “${headline}” of ${first} and ${second}`, async (t) => {
    const logins = [
      { ...ANNA, state: first },
      { ...BEN, state: second },
    ]
    const { get } = await setupPages(t, { logins: () => logins })
    assert.match((await get('/')).text, new RegExp(`<h1 tabindex="-1">${headline}</h1>`))
  })
}

it('tells logins apart by the end of their user id while no account is known, and tells no id', async (t) => {
  const unknown: LoginStatus = { id: 'id-of-nobody', state: 'awaiting_approval' }
  const { get } = await setupPages(t, { logins: () => [ANNA, BEN, unknown] })
  const { text } = await get('/')
  assert.match(text, /<h2>Login …AnNa<\/h2>/)
  assert.match(text, /<h2>Login …bEnn<\/h2>/)
  assert.match(text, /<h2>A login not known yet<\/h2>/)
  assert.doesNotMatch(text, /user_|9ZxY|id-of-/)
})

it('tells nothing of who it is when there is one login', async (t) => {
  const { get } = await setupPages(t, { logins: () => [ANNA] })
  assert.doesNotMatch((await get('/')).text, /AnNa|id-of-/)
})

it('names the exact redirect URL to register, open while nobody has logged in', async (t) => {
  const { get } = await setupPages(t, { publicUrl: new URL('https://example.org/monzo') })
  const { text } = await get('/')
  assert.match(text, /<details open>\n<summary>Redirect URL to register with Monzo</)
  assert.match(text, /<code>https:\/\/example\.org\/monzo\/callback<\/code>/)
})

it('has a form for the key, links to the metrics, and the version', async (t) => {
  const { get } = await setupPages(t)
  const { text } = await get('/')
  assert.match(text, /<form method="post" action="\/authorize">/)
  assert.match(
    text,
    /<label for="key">Key<\/label>\n<input id="key" name="key" type="password" autocomplete="off"/,
  )
  assert.match(text, /<button>Authorize<\/button>/)
  assert.match(text, /<a href="\/stats">/)
  assert.match(text, /<a href="\/assets\/help">Docs<\/a>/)
  assert.match(text, /Version 1\.2\.3/)
})

it('does not take the 403 before approval for a failure', async (t) => {
  const problem = (code: ErrorCode) => ({ code, message: 'A call failed', hint: 'Do this.' })
  for (const [state, code, isShown] of [
    ['awaiting_approval', 'MONZO_FORBIDDEN', false],
    ['awaiting_approval', 'MONZO_UNAVAILABLE', true],
    ['connected', 'MONZO_FORBIDDEN', true],
  ] as const) {
    const { get } = await setupPages(t, {
      logins: () => [{ id: 'login-1', state, hasFailed: true, problem: problem(code) }],
    })
    assert.equal((await get('/')).text.includes('The last poll failed.'), isShown, code)
  }
})

it('says when a poll could not read everything, though it did read the balances', async (t) => {
  const problem = { message: 'GET /pots: 500', hint: 'It is tried again.' }
  const { get } = await setupPages(t, {
    logins: () => [{ id: 'login-1', state: 'connected', hasFailed: false, problem }],
  })
  const { text } = await get('/')
  assert.match(text, /<h1 [^>]*>Connected, but not everything is read<\/h1>/)
  assert.match(
    text,
    /<strong>Balances were read, but not everything else\.<\/strong> GET \/pots: 500/,
  )
})

it('offers to add a person only where another one may log in', async (t) => {
  for (const addsPeople of [true, false]) {
    const logins = () => [{ id: 'login-1', state: 'connected' } as const]
    const { text } = await (await setupPages(t, { logins, addsPeople })).get('/')
    assert.equal(text.includes('Log in again or add a person'), addsPeople)
    assert.match(text, /<summary>Log in again/)
  }
})

it('shows every warning on top', async (t) => {
  const warnings = () => [
    'auth_key is the published sample',
    'login of user_00009ZxYbEnn was removed',
  ]
  const { text } = await (await setupPages(t, { warnings })).get('/')
  assert.match(
    text,
    /role="note"><p><strong>Warning:<\/strong> auth_key is the published sample\.</,
  )
  assert.match(text, /Login of user_… was removed\./)
})

it('is fetched again without a script only while somebody has to approve', async (t) => {
  let login: LoginStatus = { ...ANNA, state: 'awaiting_approval' }
  const { get } = await setupPages(t, { logins: () => [login] })
  assert.match((await get('/')).text, /<noscript><meta http-equiv="refresh" content="5; url=\/">/)
  login = ANNA
  assert.doesNotMatch((await get('/')).text, /http-equiv="refresh"/)
})

it('offers no login with playground tokens', async (t) => {
  const login: LoginStatus = { ...ANNA, state: 'reauthorization_required' }
  const { get } = await setupPages(t, { flow: undefined, logins: () => [login] })
  const { text } = await get('/')
  assert.match(text, /Playground access tokens are used/)
  assert.match(text, /<h1 [^>]*>The playground token has ended</)
  assert.match(
    text,
    /Copy a new token from Monzo’s playground .* into access_tokens, and restart\./,
  )
  assert.doesNotMatch(text, /<form|callback/)
})

it('says so when no playground token is in use', async (t) => {
  const { get } = await setupPages(t, { flow: undefined })
  const { text } = await get('/')
  assert.match(text, /<h1 [^>]*>No playground token is in use</)
  assert.deepEqual(verdictsOf(text), [['bad', 'Not working']])
})

const distances: [ms: number, words: string][] = [
  [0, 'just now'],
  [-999, 'just now'],
  [-1000, '1 second ago'],
  [-119_000, '1 minute ago'],
  [7_200_000, 'in 2 hours'],
  [90 * DAY_MS, 'in 90 days'],
]
for (const [ms, words] of distances) {
  it(`calls ${ms} ms “${words}”`, () => assert.equal(describeDistance(ms), words))
}
