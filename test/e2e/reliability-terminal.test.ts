import assert from 'node:assert/strict'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setUp } from './harness.ts'

const MINUTE_MS = 60_000
const TOKEN = 'POST /oauth2/token'
const SAM = 'sam@example.com'
const IS_OVER = /^monzo_login_state\{.*state="reauthorization_required"\} 1$/m
const warnings = (lines: readonly string[]) => lines.filter((line) => /^(warn|error): /.test(line))

describe('A login that only a person can mend', () => {
  const ends = [
    ['evicted by another login', 'evict', undefined, 401],
    ['withdrawn in the app', 'revoke', undefined, 401],
    ['refused in the shape of open banking', 'evict', 'E13b', 401],
    ['evicted, where a bad token is a 400', 'evict', undefined, 400],
    ['lapsed', 'lapse', undefined, 401],
  ] as const
  for (const [what, end, refreshError, expiredToken] of ends)
    it(`${what}, is said once with the link; the file is kept, and Monzo left alone`, async (t) => {
      const knobs = { expiredToken, ...(refreshError && { refreshError }) }
      const exporter = await setUp(t, { knobs, settings: { poll_interval: '1m' } })
      await exporter.connect()
      const before = await readFile(exporter.tokensFile, 'utf8')
      exporter.log.lines.splice(0)
      exporter.sandbox[end](SAM)
      await exporter.clock.advance(8 * MINUTE_MS)
      await exporter.matches(IS_OVER)
      exporter.newCalls()
      await exporter.clock.advance(31 * MINUTE_MS)
      await exporter.leap(2) // longer than the access token lasts
      const said = warnings(exporter.log.lines).filter(
        (line) => !/^warn: (?:A poll failed|No balance of)/.test(line),
      )
      assert.equal(said.length, 1, said.join('\n'))
      assert.match(
        said[0] ?? '',
        /^warn: Monzo .*: somebody has to log in again: open the link printed on standard output\.$/,
      )
      const lost = exporter.log.lines.filter((line) => line.startsWith('warn: No balance of'))
      assert.equal(lost.length, 1, lost.join('\n'))
      assert.match(
        lost[0] ?? '',
        end === 'lapse' ? /: GET \/accounts: 403/ : /: the login has ended\./,
      )
      assert.ok(warnings(exporter.log.lines).length <= 3, warnings(exporter.log.lines).join('\n'))
      assert.equal(exporter.links.length, 2)
      const { [TOKEN]: tokenCalls, 'GET /accounts': looks = 0, ...others } = exporter.newCalls()
      assert.equal(tokenCalls, undefined)
      assert.deepEqual(others, {})
      assert.ok(end === 'lapse' ? looks >= 3 : looks === 0, `${looks} looks`)
      assert.equal(await readFile(exporter.tokensFile, 'utf8'), before)
      await exporter.connect()
      assert.equal((await exporter.tokens()).logins.length, 1)
    })
  it('is mended by a tokens.json that a person puts in place', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    const other = join(exporter.folder, 'other.json')
    // The same person logs in with another exporter, which evicts this one.
    await exporter.logIn(SAM)
    exporter.sandbox.approve(SAM)
    await exporter.clock.advance(15_000)
    await copyFile(exporter.tokensFile, other)
    exporter.sandbox.evict(SAM)
    await exporter.clock.advance(15_000)
    await exporter.matches(IS_OVER)

    const newer = await logInElsewhere(exporter)
    exporter.newCalls()
    await writeFile(exporter.tokensFile, JSON.stringify(newer))
    await exporter.clock.advance(16_000)
    await exporter.shows('monzo_up', 1)
    assert.equal(exporter.newCalls()[TOKEN], undefined)
    assert.match(exporter.log.lines.join('\n'), /info: Somebody else changed the tokens file/)
  })
  it('is mended by a file for an exporter that nobody is logged in to', async (t) => {
    const exporter = await setUp(t)
    const newer = await logInElsewhere(exporter)
    await writeFile(exporter.tokensFile, JSON.stringify(newer))
    await exporter.clock.advance(16_000)
    await exporter.shows('monzo_up', 1)
  })
})

describe('A tokens.json that can’t be used', () => {
  for (const [what, text, sentence] of [
    ['empty', '', /is damaged: it is empty/],
    ['cut off', '{"version":1,"logins":[{"acc', /is damaged: it is not JSON, or not all of it/],
    [
      'of something else',
      '{"dependencies":{}}',
      /is damaged, or not a tokens file of this program/,
    ],
    [
      'of a newer version',
      '{"version":2,"logins":[]}',
      /was written by a newer version .*\(its version is 2/,
    ],
    ['wrong in one place', '{"version":1,"logins":[{}]}', /is damaged at logins\.0\.access_token/],
  ] as const)
    it(`since it is ${what}, is named at the start, and never overwritten`, async (t) => {
      const exporter = await setUp(t)
      await exporter.stop()
      await writeFile(exporter.tokensFile, text)
      await assert.rejects(exporter.start(), { code: 'TOKENS_DAMAGED', message: sentence })
      assert.equal(await readFile(exporter.tokensFile, 'utf8'), text)
      await rm(exporter.tokensFile)
      await exporter.start()
    })
  it('since a person’s editor cut it while this runs, is said, and not overwritten', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    const good = await readFile(exporter.tokensFile, 'utf8')
    await writeFile(exporter.tokensFile, good.slice(0, 100))
    exporter.sandbox.expireAccess()
    await exporter.clock.advance(30_000)
    await exporter.shows('monzo_tokens_persisted', 0)
    await exporter.shows('monzo_up', 1)
    assert.equal(await readFile(exporter.tokensFile, 'utf8'), good.slice(0, 100))
    assert.match(exporter.log.lines.join('\n'), /only in memory: .*tokens\.json is damaged/)
    await rm(exporter.tokensFile)
    await exporter.clock.advance(61_000)
    await exporter.shows('monzo_tokens_persisted', 1)
    assert.notEqual(await readFile(exporter.tokensFile, 'utf8'), good)
  })
})

describe('The ninety days of consent', () => {
  for (const lapse of ['403', 'refresh401'] as const)
    it(`end with a week’s notice, a link, and a new login: where a lapse is ${lapse}`, async (t) => {
      const exporter = await setUp(t, { knobs: { lapse }, settings: { poll_interval: '30s' } })
      await exporter.connect()
      const { user_id } = (await exporter.tokens()).logins[0]
      await exporter.leap(82, 24)
      assert.doesNotMatch(exporter.log.lines.join('\n'), /consent for the login of \S+ ends/)
      await exporter.leap(7.5)
      const notices = exporter.log.lines.filter((line) => line.includes("Monzo's consent for "))
      assert.equal(notices.length, 7, notices.join('\n'))
      assert.match(notices[0] ?? '', /^warn: .* in 7 days, on 2027-02-20: log in again by then/)
      assert.match(notices.at(-1) ?? '', / in a day, on 2027-02-20/)
      assert.equal(exporter.links.length, 1)
      await exporter.shows('monzo_up', 1)

      await exporter.leap(2) // until the next refresh, at the latest
      await exporter.clock.advance(6 * MINUTE_MS)
      await exporter.matches(IS_OVER)
      await exporter.shows('monzo_up', 0)
      assert.equal(exporter.links.length, 2)

      const page = await exporter.logIn() // a browser that knows nothing
      assert.equal(page.status, 200)
      exporter.sandbox.approve()
      await exporter.clock.advance(MINUTE_MS)
      await exporter.shows('monzo_up', 1)
      const { logins } = await exporter.tokens()
      assert.deepEqual(
        logins.map((login: { user_id: string }) => login.user_id),
        [user_id],
      )
      assert.equal(exporter.links.length, 2)
    })
})

/** The same person logs in with another exporter. @returns its tokens file. */
async function logInElsewhere({ sandbox, origin }: Awaited<ReturnType<typeof setUp>>) {
  const { SANDBOX_CLIENT } = await import('../../src/sandbox/sandbox.ts')
  const { clientId: client_id, clientSecret: client_secret } = SANDBOX_CLIENT
  const redirect_uri = `${origin}/callback`
  const query = new URLSearchParams({ client_id, redirect_uri, response_type: 'code', state: 's' })
  const callback = await sandbox.logIn(`${sandbox.authUrl}/?${query}`)
  const code = callback.searchParams.get('code') ?? ''
  const grant = { grant_type: 'authorization_code', client_id, client_secret, redirect_uri, code }
  const body = new URLSearchParams(grant)
  const reply = await fetch(`${sandbox.apiUrl}/oauth2/token`, { method: 'POST', body })
  const tokens = (await reply.json()) as Record<string, unknown>
  sandbox.approve()
  const { access_token, refresh_token, user_id } = tokens
  const authorized_at = '2026-11-22T11:00:00.000Z'
  const expires_at = '2026-11-23T17:00:00.000Z'
  const login = { user_id, client_id, access_token, refresh_token, expires_at, authorized_at }
  return { version: 1, logins: [login] }
}
