import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { it } from 'node:test'
import { KEY, startSite } from '../browser/site.ts'
import { untilHungUp } from '../fakes/hung-up.ts'
import { ask } from '../web/fake-site.ts'

const RIGHT = `/authorize?${new URLSearchParams({ key: KEY })}`
const FORM = 'content-type: application/x-www-form-urlencoded\r\n'
const SECOND = 'GET /-/healthy HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n'

/** Sends these bytes, and reads until the other side hangs up. */
function say(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  socket.write(bytes, 'latin1')
  return untilHungUp(socket)
}

/** What a proxy may take for one request, and a server for two. */
const smuggled: [title: string, head: string, body: string][] = [
  ['two lengths', 'content-length: 4\r\ncontent-length: 0\r\n', ''],
  ['two lengths in one', 'content-length: 4, 0\r\n', ''],
  ['a length with a sign', 'content-length: +0\r\n', ''],
  ['a length in hex', 'content-length: 0x0\r\n', ''],
  ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked\r\n', '0\r\n\r\n'],
  ['chunks and a length', 'transfer-encoding: chunked\r\ncontent-length: 5\r\n', '0\r\n\r\n'],
  [
    'chunks that are not the last encoding',
    'transfer-encoding: chunked, identity\r\n',
    '0\r\n\r\n',
  ],
  ['an unknown encoding', 'transfer-encoding: xchunked\r\n', '0\r\n\r\n'],
  ['a space before the colon', 'transfer-encoding : chunked\r\n', '0\r\n\r\n'],
  ['a folded line', 'transfer-encoding:\r\n chunked\r\n', '0\r\n\r\n'],
  ['a line that ends in CR alone', 'x: a\rtransfer-encoding: chunked\r\n', '0\r\n\r\n'],
  ['a NUL', 'x: a\0b\r\n', ''],
]
for (const [title, head, body] of smuggled)
  it(`answers one request at most, and hangs up, after ${title}`, async (t) => {
    const { listening } = await startSite(t)
    const first = `POST /authorize HTTP/1.1\r\nhost: 127.0.0.1\r\n${FORM}${head}\r\n${body}`
    const answer = await say(listening, first + SECOND)
    assert.match(answer, /^HTTP\/1\.1 400 /)
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1)
  })

it('answers HTTP/1.0, HEAD and OPTIONS as the table of routes has it', async (t) => {
  const { listening } = await startSite(t)
  assert.match(
    await say(listening, 'GET /-/healthy HTTP/1.0\r\n\r\n'),
    /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nok$/,
  )
  const head = `HEAD /stats HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`
  assert.match(await say(listening, head), /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/)
  for (const path of ['/stats', '/', '/authorize', '/login/x'])
    for (const method of ['OPTIONS', 'TRACE', 'PUT', 'DELETE'])
      assert.equal((await ask(listening, path, { method })).status, 405, `${method} ${path}`)
  const whole = 'OPTIONS * HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n'
  assert.match(await say(listening, whole), /^HTTP\/1\.1 400 /)
  const upgrade = 'connection: upgrade, close\r\nupgrade: h2c\r\nhttp2-settings: \r\n'
  assert.match(
    await say(listening, `GET /-/healthy HTTP/1.1\r\nhost: 127.0.0.1\r\n${upgrade}\r\n`),
    /^HTTP\/1\.1 200 /,
  )
})

const roundabout = [
  ...[
    '/%2fstats',
    '/%73tats',
    '/st%61ts',
    '/stats%2f',
    '/x/../stats',
    '/./stats',
    '/x/%2e%2e/stats',
  ],
  ...['/stats;a=b', '/stats%00', '/stats%20', '/STATS', '/stats.txt', '/stats\\', '/x//stats'],
  ...['http://127.0.0.1/x/../stats', 'http://127.0.0.1\\@evil/stats', '/stats/x', '/stats//x'],
]
for (const path of roundabout)
  it(`hands no metrics out at ${path}, which a proxy may take for another path`, async (t) => {
    const { listening } = await startSite(t)
    const answer = await say(
      listening,
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 4\d\d /)
    assert.doesNotMatch(answer, /monzo_up|^location:/im)
  })

it('takes cookies of any bytes for no cookie of ours', async (t) => {
  const { listening } = await startSite(t)
  const odd = ['monzo_exporter_login=\xff\xfe', '=;=;;', 'monzo_exporter_login', 'a'.repeat(9000)]
  for (const cookie of [...odd, `${'monzo_exporter_login=%;'.repeat(300)}`, '__proto__=1'])
    assert.match(
      await say(
        listening,
        `GET ${RIGHT} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: ${cookie}\r\nconnection: close\r\n\r\n`,
      ),
      /^HTTP\/1\.1 303 /,
    )
})

it('turns away a flood of headers', async (t) => {
  const { listening } = await startSite(t)
  const flood = Array.from({ length: 3000 }, (_, n) => `x${n}: a\r\n`).join('')
  assert.match(
    await say(listening, `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n${flood}\r\n`),
    /^HTTP\/1\.1 431 /,
  )
  const many = 'a: b\r\n'.repeat(2000)
  assert.match(
    await say(
      listening,
      `GET /-/healthy HTTP/1.1\r\nhost: 127.0.0.1\r\n${many}connection: close\r\n\r\n`,
    ),
    /^HTTP\/1\.1 (?:200|431) /,
  )
})

it('lets a form on another site begin or finish no login: it has neither key nor cookie', async (t) => {
  const { listening, sandbox } = await startSite(t)
  const begun = await ask(listening, RIGHT)
  const callback = await sandbox.logIn(begun.headers.location ?? '')
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    origin: 'https://evil.example',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-dest': 'document',
  }
  const post = (path: string, fields: Record<string, string>) =>
    ask(listening, path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() })
  assert.equal((await post('/authorize', {})).status, 401)
  assert.match(begun.cookies.join(), /; SameSite=Lax$/) // so it comes with no form of another site
  const [code, state] = ['code', 'state'].map((name) => callback.searchParams.get(name) ?? '')
  assert.equal((await post('/callback', { code: code ?? '', state: state ?? '' })).status, 401)
  const cookie = begun.cookies[0]?.split(';')[0] ?? ''
  assert.equal(
    (await ask(listening, callback.pathname + callback.search, { headers: { cookie } })).status,
    200,
  )
})

it('answers a browser that asks for a favicon', async (t) => {
  const { listening } = await startSite(t)
  assert.equal((await ask(listening, '/favicon.ico')).status, 404)
})
