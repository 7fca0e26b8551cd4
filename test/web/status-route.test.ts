import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ErrorCode } from '../../src/lib/errors.ts'
import type { LoginStatus } from '../../src/login/login-flow.ts'
import type { LoginStateName } from '../../src/readings/login-state-name.ts'
import { describeDistance } from '../../src/web/moment.ts'
import { setupPages } from './fake-site.ts'

const NOW_MS = Date.parse('2026-11-22T10:00:00Z')
const DAY_MS = 86_400_000
const ANNA: LoginStatus = { id: 'id-of-anna', userId: 'user_00009ZxYAnNa', state: 'connected' }
const BEN: LoginStatus = { id: 'id-of-ben', userId: 'user_00009ZxYbEnn', state: 'connected' }

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

it('tells since when, until when, and when Monzo was asked', async (t) => {
  const login = {
    ...ANNA,
    sinceMs: NOW_MS - 2 * DAY_MS,
    authorizationExpiresAtMs: NOW_MS + 88 * DAY_MS,
    lastPollAtMs: NOW_MS - 5000,
    lastSuccessAtMs: NOW_MS - 65_000,
  }
  const { get } = await setupPages(t, { logins: () => [login] })
  const { text } = await get('/')
  const rows = [...text.matchAll(/<dt>(.+?)<\/dt><dd><time datetime="(.+?)">(.+?)<\/time> (.+?)</g)]
  assert.deepEqual(
    rows.map((row) => row.slice(1)),
    [
      ['In this state since', '2026-11-20T10:00:00.000Z', '2026-11-20 10:00 UTC', '(2 days ago)'],
      ['Monzo’s consent ends', '2027-02-18T10:00:00.000Z', '2027-02-18 10:00 UTC', '(in 88 days)'],
      ['Last poll', '2026-11-22T09:59:55.000Z', '2026-11-22 09:59 UTC', '(5 seconds ago)'],
      [
        'Last successful poll',
        '2026-11-22T09:58:55.000Z',
        '2026-11-22 09:58 UTC',
        '(1 minute ago)',
      ],
    ],
  )
})

it('says since when all of the history is known, and how the rest can be had', async (t) => {
  const history = { progress: undefined, incompleteSinceMs: NOW_MS - 88 * DAY_MS }
  const { get } = await setupPages(t, { logins: () => [{ ...ANNA, history }] })
  const { text } = await get('/')
  assert.match(text, /<dt>All of the history is known since<\/dt><dd><time datetime="2026-08-26T/)
  assert.match(text, /Not all of the history is known\. .*: log in again, and it is read\./)
})
it('says how far reading the history is, and nothing of it when all is known', async (t) => {
  let progress: { year: number; transactions: number } | undefined
  const history = () => ({ progress, incompleteSinceMs: undefined })
  const { get } = await setupPages(t, { logins: () => [{ ...ANNA, history: history() }] })
  assert.doesNotMatch((await get('/')).text, /history/)
  progress = { year: 2021, transactions: 3412 }
  assert.match((await get('/')).text, /<p>Reading your history: 2021, 3,412 transactions\.<\/p>/)
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
  [['connected', 'connected'], 'All 2 logins are connected'],
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

it('tells several logins apart by the end of their user id, and tells no id', async (t) => {
  const unknown: LoginStatus = { id: 'id-of-nobody', state: 'awaiting_approval' }
  const { get } = await setupPages(t, { logins: () => [ANNA, BEN, unknown] })
  const { text } = await get('/')
  assert.match(text, /<h2>Login …AnNa: Connected<\/h2>/)
  assert.match(text, /<h2>Login …bEnn: Connected<\/h2>/)
  assert.match(text, /<h2>Login of a user not known yet: Waiting/)
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

it('links to a page that says what to do when', async (t) => {
  const { get } = await setupPages(t, { publicUrl: new URL('https://example.org/monzo') })
  assert.match((await get('/monzo')).text, /<a href="\/monzo\/assets\/help">Docs<\/a>/)
  const { status, text } = await get('/monzo/assets/help')
  assert.equal(status, 200)
  assert.match(text, /<h2>A graph is empty<\/h2>/)
  assert.match(text, /<a href="\/monzo\/stats">\/monzo\/stats<\/a>/)
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
    assert.equal(text.includes('Log in again, or add a person'), addsPeople)
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

it('renews itself only while somebody has to approve', async (t) => {
  let login: LoginStatus = { ...ANNA, state: 'awaiting_approval' }
  const { get } = await setupPages(t, { logins: () => [login] })
  assert.match(
    (await get('/')).text,
    /http-equiv="refresh" content="5; url=\/"[\s\S]* data-refresh>/,
  )
  login = ANNA
  assert.doesNotMatch((await get('/')).text, /http-equiv="refresh"|data-refresh/)
})

it('offers no login with playground tokens', async (t) => {
  const login: LoginStatus = { ...ANNA, state: 'reauthorization_required' }
  const { get } = await setupPages(t, { flow: undefined, logins: () => [login] })
  const { text } = await get('/')
  assert.match(text, /Playground access tokens are used/)
  assert.match(text, /Take a new token from Monzo’s playground/)
  assert.doesNotMatch(text, /<form|callback/)
})

it('says so when no playground token is in use', async (t) => {
  const { get } = await setupPages(t, { flow: undefined })
  assert.match((await get('/')).text, /None of the playground tokens is in use\./)
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
