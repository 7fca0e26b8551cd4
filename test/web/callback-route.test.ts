import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { AppError, type ErrorCode } from '../../src/lib/errors.ts'
import type { CallbackStanding } from '../../src/login/login-flow.ts'
import type { PagesDeps } from '../../src/web/pages.ts'
import { ask, KEY, setupPages, WRONG } from './fake-site.ts'

const CODE = 'code-from-monzo'
const URL_BACK = `/callback?code=${CODE}&state=state-1`
const BOUND = { cookie: 'monzo_exporter_login=binding%201' }

async function setup(
  t: TestContext,
  standing: CallbackStanding = 'same_browser',
  changes: Partial<PagesDeps> = {},
) {
  const site = await setupPages(t, changes)
  site.flow.standings = { 'state-1': standing }
  return site
}

it('finishes the login in the browser that began it, and sends the person to the app', async (t) => {
  const { get, flow } = await setup(t)
  const { status, text, cookies } = await get(URL_BACK, BOUND)
  assert.equal(status, 200)
  assert.match(text, /<h1 tabindex="-1">Now approve in the Monzo app<\/h1>/)
  assert.match(text, /data-login="\/login\/login-1"/)
  assert.match(text, /<noscript><meta http-equiv="refresh" content="5; url=\/"><\/noscript>/)
  assert.deepEqual(flow.asked, [{ state: 'state-1', binding: 'binding 1' }])
  assert.deepEqual(flow.finished, [{ code: CODE, state: 'state-1' }])
  assert.deepEqual(cookies, ['monzo_exporter_login=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax'])
  assert.doesNotMatch(text, new RegExp(CODE))
})

it('says at once that it is connected when no approval is needed', async (t) => {
  const { get, flow } = await setup(t)
  flow.outcome = { id: 'login-1', state: 'connected' }
  const { text } = await get(URL_BACK)
  assert.match(text, /<title>Connected ·/)
  assert.match(text, /data-when="awaiting_approval" hidden/)
  assert.doesNotMatch(text, /data-login=|http-equiv="refresh"/)
})

it('goes on asking when it is connected and reads history in, and says how far that is', async (t) => {
  const { get, flow } = await setup(t)
  const progress = { year: 2021, transactions: 3412 }
  const history = { progress, transactions: 3412 }
  flow.outcome = { id: 'login-1', state: 'connected', history }
  const { text } = await get(URL_BACK)
  assert.match(text, /data-login="\/login\/login-1"/)
  assert.match(text, /data-progress>Reading your history: 2021, 3,412 transactions</)
  assert.doesNotMatch(text, /history = true/)
})
it('says how to have the years before where no history is kept', async (t) => {
  const { get } = await setup(t)
  assert.match(
    (await get(URL_BACK)).text,
    /set <code>history = true<\/code>, restart, and log in again/,
  )
})

it('shows a scrape config for the listener that is meant to be scraped, not for what people open', async (t) => {
  const { get } = await setup(t, 'same_browser', {
    publicUrl: new URL('https://example.org/monzo'),
    scrapeOrigin: () => 'https://127.0.0.1:9036',
    isStatsTokenSet: () => true,
  })
  const { text } = await get(`/monzo${URL_BACK}`)
  const [, config = ''] = />(scrape_configs:[^<]*)</.exec(text) ?? []
  assert.deepEqual(config.replaceAll('&#39;', "'").split('\n'), [
    'scrape_configs:',
    '  - job_name: monzo',
    '    metrics_path: /stats',
    '    scheme: https',
    '    tls_config:',
    '      server_name: example.org',
    '    authorization:',
    "      credentials: '&lt;stats_token&gt;'",
    '    static_configs:',
    "      - targets: ['127.0.0.1:9036']",
  ])
  assert.match(text, /Prometheus can scrape <code>https:\/\/127\.0\.0\.1:9036\/stats<\/code> now/)
})

it('links to the metrics on loopback alone: elsewhere, proxies keep them inside', async (t) => {
  const links = async (publicUrl: string) => {
    const { get } = await setup(t, 'same_browser', { publicUrl: new URL(publicUrl) })
    return (await get(URL_BACK)).text.match(/href="[^"]*\/stats"/g)
  }
  assert.deepEqual(await links('http://localhost:8080/monzo'), ['href="/monzo/stats"'])
  assert.equal(await links('https://example.org'), null)
})

it('leaves scheme and token out of the scrape config where there are none', async (t) => {
  const { get } = await setup(t)
  const { text } = await get(URL_BACK)
  assert.match(text, /targets: \[&#39;127\.0\.0\.1:8080&#39;\]/)
  assert.doesNotMatch(text, /scheme:|credentials|tls_config/)
})

it('sends a reload after success to the status page', async (t) => {
  const { get, post, flow } = await setup(t, 'finished')
  for (const reply of [
    await get(URL_BACK),
    await post('/callback', { code: CODE, state: 'state-1' }),
  ])
    assert.deepEqual([reply.status, reply.headers.location], [303, '/'])
  assert.deepEqual(flow.finished, [])
})

const refused: [title: string, standing: CallbackStanding, path: string, status: number][] = [
  ['an unknown state', 'unknown', URL_BACK, 400],
  ['an unknown state with an error', 'unknown', '/callback?error=access_denied&state=x', 400],
  ['no state', 'same_browser', `/callback?code=${CODE}`, 400],
  ['nothing', 'same_browser', '/callback', 400],
  ['a state that was used', 'used', URL_BACK, 400],
  ['no code', 'same_browser', '/callback?state=state-1', 400],
  ['an empty code', 'other_browser', '/callback?code=&state=state-1', 400],
  ['two codes', 'same_browser', `${URL_BACK}&code=other`, 400],
  ['two states', 'same_browser', `${URL_BACK}&state=other`, 400],
  ['two of anything', 'same_browser', `${URL_BACK}&x=1&x=1`, 400],
  ['a denial', 'same_browser', '/callback?error=access_denied&state=state-1', 403],
  ['a denial in another browser', 'other_browser', '/callback?error=x&state=state-1', 403],
]
for (const [title, standing, path, expected] of refused) {
  it(`answers ${title} with a page, ${expected}, and leaves the state as it is`, async (t) => {
    const { get, flow, log } = await setup(t, standing)
    const { status, headers, text, cookies } = await get(path)
    assert.equal(status, expected)
    assert.match(headers['content-type'] ?? '', /^text\/html/)
    assert.match(text, /<h1/)
    assert.deepEqual(flow.finished, [])
    assert.deepEqual(cookies, [])
    for (const { level, fields, message } of log.entries) {
      assert.equal(level, 'warn')
      assert.equal(fields['address'], '127.0.0.1')
      assert.match(message, /^A login failed: \S.*\. \S.*\.$/)
    }
    assert.equal(log.entries.length, title.startsWith('two ') ? 0 : 1)
    assert.doesNotMatch(JSON.stringify(log.entries), /code-from-monzo|state-1/)
  })
}

it('logs an unknown state once an hour: anybody can make one up', async (t) => {
  const { get, log } = await setup(t, 'unknown')
  for (let times = 0; times < 20; times++) await get(`/callback?code=x&state=made-up-${times}`)
  assert.equal(log.entries.length, 1)
})

it('repeats nothing of what an error says: anybody can make such a link', async (t) => {
  const { get } = await setup(t)
  const { text } = await get('/callback?error=x&error_description=Call+0800-EVIL&state=state-1')
  assert.doesNotMatch(text, /EVIL/)
})

it('asks for the key in another browser, and finishes with it', async (t) => {
  const { get, post, flow } = await setup(t, 'other_browser')
  const form = await get(URL_BACK)
  assert.equal(form.status, 200)
  assert.match(form.text, /<form method="post" action="\/callback">/)
  assert.match(form.text, /<input type="hidden" name="code" value="code-from-monzo">/)
  assert.match(form.text, /<input type="hidden" name="state" value="state-1">/)
  assert.match(form.text, /<input id="key" name="key" type="password"/)
  assert.deepEqual(flow.finished, [])
  const { status, text } = await post('/callback', { key: KEY, code: CODE, state: 'state-1' })
  assert.equal(status, 200)
  assert.match(text, /Now approve in the Monzo app/)
  assert.deepEqual(flow.finished, [{ code: CODE, state: 'state-1' }])
})

it('keeps the login when the key is wrong or missing, and offers to try again', async (t) => {
  const { post, flow } = await setup(t, 'other_browser')
  for (const key of [WRONG, '']) {
    const { status, text } = await post('/callback', { key, code: CODE, state: 'state-1' })
    assert.equal(status, 401)
    assert.match(text, /action="\/callback"/)
    assert.match(text, /value="code-from-monzo"/)
    assert.doesNotMatch(text, /horse/)
  }
  assert.deepEqual(flow.finished, [])
})

it('counts wrong keys of both forms together', async (t) => {
  const { post, flow } = await setup(t, 'other_browser')
  for (let times = 0; times < 5; times++) {
    await post('/callback', { key: WRONG, code: CODE, state: 'state-1' })
    await post('/authorize', { key: WRONG })
  }
  const { status, headers } = await post('/callback', { key: KEY, code: CODE, state: 'state-1' })
  assert.deepEqual([status, headers['retry-after']], [429, '900'])
  assert.deepEqual(flow.finished, [])
})

it('escapes code and state in the form', async (t) => {
  const { get, flow } = await setup(t)
  const evil = '"><script>'
  flow.standings = { [evil]: 'other_browser' }
  const { text } = await get(`/callback?${new URLSearchParams({ code: evil, state: evil })}`)
  assert.doesNotMatch(text, /"><script>/)
})

it('changes nothing when only asked for headers', async (t) => {
  const { origin, flow } = await setup(t)
  const { status } = await ask(origin, URL_BACK, { method: 'HEAD', headers: BOUND })
  assert.equal(status, 200)
  assert.deepEqual(flow.finished, [])
})

const failures: [code: ErrorCode, status: number][] = [
  ['LOGIN_STATE_UNKNOWN', 400],
  ['LOGIN_STATE_USED', 400],
  ['CODE_REFUSED', 400],
  ['LOGIN_DENIED', 403],
  ['WRONG_ACCOUNT', 403],
  ['CLIENT_REFUSED', 502],
  ['CLIENT_NOT_CONFIDENTIAL', 502],
  ['MONZO_UNAVAILABLE', 502],
  ['MONZO_UNREADABLE', 502],
  ['MONZO_HTTP', 502],
  ['MONZO_FORBIDDEN', 502],
  ['MONZO_TOKEN_REFUSED', 502],
  ['TOKENS_DAMAGED', 500],
  ['TOKENS_UNWRITABLE', 500],
]
for (const [code, expected] of failures) {
  it(`answers ${code} with ${expected}, what happened, what to do, and a way to start again`, async (t) => {
    const { get, flow, log } = await setup(t)
    flow.outcome = new AppError(code, 'it went wrong', { hint: 'Do <this>', cause: 'secret' })
    const { status, text } = await get(URL_BACK)
    assert.equal(status, expected)
    assert.match(text, /<p>It went wrong\.<\/p>\n<p>Do &lt;this&gt;\.<\/p>/)
    assert.match(text, /action="\/authorize"[\s\S]*<button>Start again<\/button>/)
    assert.doesNotMatch(text, /secret|code-from-monzo/)
    const [{ level, fields, message } = assert.fail('nothing is logged'), ...more] = log.entries
    assert.equal(level, expected === 500 ? 'error' : 'warn')
    assert.deepEqual([fields['address'], fields['code']], ['127.0.0.1', code])
    assert.equal(message, 'A login failed: it went wrong. Do <this>')
    assert.deepEqual(more, [])
  })
}

it('answers a bug with one sentence, and logs it without code and state', async (t) => {
  const { get, flow, log } = await setup(t)
  const bug = Object.assign(new Error('x is not a function'), { status: 401 })
  flow.outcome = bug
  const { status, text } = await get(URL_BACK)
  assert.equal(status, 500)
  assert.doesNotMatch(text, /x is not a function/)
  assert.deepEqual(log.entries, [
    {
      level: 'error',
      fields: { err: bug, method: 'GET', path: '/callback' },
      message: 'a page failed',
    },
  ])
})
