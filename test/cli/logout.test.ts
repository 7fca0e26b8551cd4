import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { createWebhookUrls } from '../../src/notices/webhook-urls.ts'
import { SANDBOX_CLIENT } from '../../src/sandbox/sandbox.ts'
import { takeTokensLock } from '../../src/tokens/tokens-lock.ts'
import { createContext } from '../fakes/context.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { quietDisk } from '../fakes/quiet-disk.ts'
import { setUpLogin } from './sandbox-login.ts'

const loginsIn = async (path: string) => JSON.parse(await readFile(path, 'utf8')).logins
const BEFORE = '2020-01-01T00:00:00.000Z'

describe('logout', () => {
  it('ends every login at Monzo, and then forgets it', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    const { context, tokensFile, stdout, stderr } = await inFolder(['logout'])
    assert.equal(await run(context), 0, stderr())
    assert.equal(stdout(), `Logged out ${logins[0]?.user_id}: at Monzo, and here.\n`)
    assert.deepEqual(await loginsIn(tokensFile), [])
    assert.equal((await stat(tokensFile)).mode & 0o777, 0o600)
    const headers = { authorization: `Bearer ${logins[0]?.access_token}` }
    assert.equal((await fetch(`${sandbox.apiUrl}/accounts`, { headers })).status, 401)
  })
  it('ends only the login of the user it is told', async (t) => {
    const { logins, inFolder } = await setUpLogin(t, ['sam@example.com', 'robin@example.com'])
    const [one, other] = logins
    const { context, tokensFile, stderr } = await inFolder(['logout', '--user', one?.user_id ?? ''])
    assert.equal(await run(context), 0, stderr())
    assert.deepEqual(await loginsIn(tokensFile), [other])
  })
  it('refreshes an access token that has expired, since logging out takes a good one', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    sandbox.expireAccess()
    const expired = logins.map((login) => ({ ...login, expires_at: BEFORE }))
    const { context, tokensFile, stderr } = await inFolder(['logout'], expired)
    assert.equal(await run(context), 0, stderr())
    assert.deepEqual(await loginsIn(tokensFile), [])
    const paths = sandbox.requests.map(({ path }) => path)
    assert.ok(paths.lastIndexOf('/oauth2/token') < paths.lastIndexOf('/oauth2/logout'))
  })
  it('removes our webhooks before, old ones too, and leaves those of others', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    const urls = createWebhookUrls(new URL('http://127.0.0.1:8080'), SANDBOX_CLIENT.clientSecret)
    const accounts = sandbox.bank.accountsOf(logins[0]?.user_id ?? '')
    const [first, second] = accounts.filter(({ isClosed }) => !isClosed).map(({ id }) => id)
    assert.ok(first && second)
    sandbox.addWebhook(first, urls.urlOf(first))
    sandbox.addWebhook(second, 'http://127.0.0.1:8080/webhook/old')
    const others = sandbox.addWebhook(second, 'https://hooks.example.net/monzo')
    const { context, stderr } = await inFolder(['logout'])
    assert.equal(await run(context), 0, stderr())
    assert.equal(stderr(), '')
    assert.deepEqual(sandbox.webhooks, [others])
    assert.equal(sandbox.requests.at(-1)?.path, '/oauth2/logout')
  })
  it('removes them with new tokens where the old ones had been refused', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    const [account] = sandbox.bank.accountsOf(logins[0]?.user_id ?? '')
    assert.ok(account)
    sandbox.addWebhook(account.id, 'http://127.0.0.1:8080/webhook/old')
    sandbox.expireAccess()
    const { context, stderr } = await inFolder(['logout'])
    assert.equal(await run(context), 0, stderr())
    assert.equal(stderr(), '')
    assert.deepEqual(sandbox.webhooks, [])
  })
  it('logs out even when webhooks cannot be removed, and says so', async (t) => {
    const { sandbox, inFolder } = await setUpLogin(t)
    sandbox.addFault({ kind: 'status', endpoint: 'GET /webhooks', status: 404, count: 'forever' })
    const { context, tokensFile, stderr } = await inFolder(['logout'])
    assert.equal(await run(context), 0, stderr())
    assert.equal(stderr(), 'warning: Webhooks may be left at Monzo: GET /webhooks: 404\n')
    assert.deepEqual(await loginsIn(tokensFile), [])
  })
  it('forgets a login that Monzo has ended already', async (t) => {
    const { sandbox, inFolder } = await setUpLogin(t)
    sandbox.revoke()
    const { context, tokensFile, stderr } = await inFolder(['logout'])
    assert.equal(await run(context), 0, stderr())
    assert.deepEqual(await loginsIn(tokensFile), [])
  })
  it('keeps a login that Monzo could not be told of, and says so', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    const { context, tokensFile, stderr } = await inFolder(['logout'])
    await sandbox.stop()
    assert.equal(await run(context), 1)
    assert.match(stderr(), /^error: user_\w+ is still logged in\. .*\nhint: .+\n$/)
    assert.deepEqual(await loginsIn(tokensFile), logins)
  })
  for (const kind of ['silent', 'half_body', 'switched', 'closed'] as const)
    it(`ends in time, and without a stack, before a Monzo that is ${kind}`, async (t) => {
      const { sandbox, logins, inFolder } = await setUpLogin(t)
      sandbox.addFault({ kind, count: 'forever' })
      const { context, tokensFile, stderr } = await inFolder(['logout'])
      const within: Clock['within'] = (ms, task, signal) =>
        systemClock.within(ms / 50, task, signal)
      const sleep: Clock['sleep'] = (ms, signal) => systemClock.sleep(ms / 50, signal)
      assert.equal(await run({ ...context, clock: { ...systemClock, within, sleep } }), 1)
      assert.match(
        stderr(),
        /^error: user_\w+ is still logged in\. POST \/oauth2\/logout: .+\nhint: .+\n$/,
      )
      assert.deepEqual(await loginsIn(tokensFile), logins)
    })
  it('does not say that it is tried again, since nothing does', async (t) => {
    const { sandbox, inFolder } = await setUpLogin(t)
    for (const [kind, hint] of [
      ['closed', 'Try again in a minute, when Monzo can be reached.'],
      ['html', 'Something between this machine and Monzo'],
    ] as const) {
      sandbox.addFault({ kind, status: 403, count: 'forever' })
      const { context, stderr } = await inFolder(['logout'])
      assert.equal(await run(context), 1)
      assert.ok(stderr().includes(`hint: ${hint}`), stderr())
      assert.match(stderr(), / In the Monzo app the access can be removed, too\.\n$/)
      assert.doesNotMatch(stderr(), /tried again/)
      sandbox.clearFaults()
    }
  })
  for (const status of [401, 200])
    it(`takes a page with ${status} for no answer of Monzo: it spends no token, and keeps the login`, async (t) => {
      const { sandbox, logins, inFolder } = await setUpLogin(t)
      sandbox.addFault({ kind: 'html', status, count: 'forever' })
      const { context, tokensFile, stderr } = await inFolder(['logout'])
      assert.equal(await run(context), 1)
      assert.match(stderr(), /still logged in\. POST \/oauth2\/logout: \d+, but not from Monzo\n/)
      assert.deepEqual(await loginsIn(tokensFile), logins)
      assert.ok(!sandbox.requests.some(({ grantType }) => grantType === 'refresh_token'))
    })
  it('keeps the new tokens of a login that it refreshed and then could not end', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    sandbox.expireAccess()
    sandbox.addFault({ kind: 'status', endpoint: 'POST /oauth2/logout' })
    const expired = logins.map((login) => ({ ...login, expires_at: BEFORE }))
    const { context, tokensFile, stderr } = await inFolder(['logout'], expired)
    assert.equal(await run(context), 1)
    assert.match(stderr(), /is still logged in\. POST \/oauth2\/logout: 500\nhint: Try again/)
    const [kept] = await loginsIn(tokensFile)
    assert.notEqual(kept.refresh_token, logins[0]?.refresh_token)
  })
  it('refuses with 75 while an exporter holds the tokens file', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    const { context, tokensFile, stderr } = await inFolder(['logout'])
    const clock = new DrivenClock()
    clock.idle = quietDisk
    const lock = await takeTokensLock({
      path: tokensFile,
      clock,
      pid: 12,
      host: 'box',
      id: 'exporter',
      onChange: () => {},
      onWait: () => {},
    })
    const before = sandbox.requests.length
    assert.equal(await clock.until(run({ ...context, clock }), 250), 75)
    await lock.release()
    assert.equal(
      stderr(),
      `${tokensFile} is held by another instance (pid 12 on box): waiting a few seconds to see whether that one is alive.\n` +
        `error: ${tokensFile} is held by another instance (pid 12 on box)\n` +
        'hint: Stop the exporter first, then log out; it can be started again afterwards.\n',
    )
    assert.deepEqual(await loginsIn(tokensFile), logins)
    assert.equal(sandbox.requests.length, before)
  })
  it('answers no when nobody is logged in, or not that user', async (t) => {
    const { inFolder } = await setUpLogin(t, [])
    const none = await inFolder(['logout'])
    assert.equal(await run(none.context), 1)
    assert.match(
      none.stderr(),
      /^error: Nobody is logged in: \S+tokens\.json has no login\.\nhint: .* name its file with --tokens-file\.\n$/,
    )
    const other = await inFolder(['logout', '--user=user_9'])
    assert.equal(await run(other.context), 1)
    assert.match(
      other.stderr(),
      /^error: No user user_9 is logged in: \S+ has no such login\.\nhint: .* user_id\b/,
    )
  })
  it('answers no with tokens of the playground, which nobody can end', async (t) => {
    const files = { 'config.toml': 'access_tokens = ["one"]' }
    const { context, stderr } = await createContext(t, ['logout'], files)
    assert.equal(await run(context), 1)
    assert.match(stderr(), /^error: With access_tokens nobody is logged in here\.\nhint: /)
  })
})
