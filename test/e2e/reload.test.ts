import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { eventually } from './harness.ts'
import { startMain } from './program.ts'

const SECRET = 'hunter2-secret'
const UP = /^monzo_up 1$/m
const POLLED = /^monzo_poll_duration_seconds_count [1-9]/m

/** An exporter process in front of a simulated Monzo, whose config.toml can be changed. */
async function setup(t: TestContext, first: string) {
  const cwd = await createFolder(t)
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const client = { ...SANDBOX_CLIENT, redirectUris: [`${origin}/callback`] }
  const sandbox = await startSandbox({
    clock: systemClock,
    clients: [client],
    knobs: { livelyEveryMs: 0 },
  })
  t.after(() => sandbox.stop())
  const write = (more: string, changed: Readonly<Record<string, string>> = {}) => {
    const settings = {
      client_id: client.clientId,
      client_secret: client.clientSecret,
      server_addr: `127.0.0.1:${port}`,
      redirect_uri: origin,
      monzo_api_url: sandbox.apiUrl,
      monzo_auth_url: sandbox.authUrl,
      ...changed,
    }
    const lines = Object.entries(settings).map(([key, value]) => `${key} = "${value}"\n`)
    return writeFile(join(cwd, 'config.toml'), lines.join('') + more)
  }
  await write(first)
  const exporter = startMain(t, [], { cwd })
  const [link = ''] = await exporter.says(/^http\S+authorize\?key=\S+$/m)
  let seen = 0
  const hasSaid = (pattern: RegExp) =>
    eventually(() => {
      const text = exporter.stderr().slice(seen)
      const match = pattern.exec(text)
      if (!match) throw new Error(`not said: ${pattern}\n${text}`)
      seen += match.index + match[0].length
    })
  const stats = (headers: Record<string, string> = {}) => fetch(`${origin}/stats`, { headers })
  return {
    ...{ exporter, origin, cwd, link, hasSaid, write, stats },
    /** Writes these lines into config.toml, and hangs up. */
    async reload(more: string) {
      await write(more)
      exporter.child.kill('SIGHUP')
    },
    /** As a person would: the link, the mail, the approval. */
    async logIn() {
      const authorize = await fetch(link, { redirect: 'manual' })
      const cookie = authorize.headers.getSetCookie().map((text) => text.split(';')[0])
      const callback = await sandbox.logIn(authorize.headers.get('location') ?? '')
      await fetch(callback, { headers: { cookie: cookie.join('; ') } })
      await eventually(async () => assert.match(await (await stats()).text(), POLLED))
      sandbox.approve()
    },
  }
}

describe('SIGHUP', () => {
  it('changes stats_token, poll_interval and log_level while the exporter runs', async (t) => {
    const { reload, hasSaid, stats, logIn, exporter } = await setup(
      t,
      'poll_interval = "1h"\nlog_level = "warn"',
    )
    assert.equal((await stats()).status, 200)
    await logIn() // the first poll was too early: the next one comes in an hour
    await reload('poll_interval = "5s"\nlog_level = "debug"\nstats_token = "sesame"')
    await hasSaid(/INFO .*is used: stats_token, poll_interval, stale_after and log_level changed/)
    assert.equal((await stats()).status, 401)
    const headers = { authorization: 'Bearer sesame' }
    await eventually(async () => assert.match(await (await stats(headers)).text(), UP))

    const before = exporter.stderr()
    await reload('poll_interval = "5s"\nlog_level = "error"')
    await eventually(async () => assert.equal((await stats()).status, 200))
    assert.doesNotMatch(exporter.stderr().slice(before.length), /is used/)
  })
  it('changes nothing when the file is faulty, and tells every fault but no secret', async (t) => {
    const { reload, hasSaid, stats, exporter } = await setup(t, `stats_token = "${SECRET}"`)
    await reload(`stats_token = "${SECRET}"\npoll_interval = "1s"\nauth_key = ""\nlog_levle = ""`)
    await hasSaid(
      /ERROR .*cannot be used: all goes on as before\.\n\S+ ERROR 3 faults in the configuration/,
    )
    await hasSaid(/ERROR config\.toml:8: poll_interval: expected a duration .*at least 5s$/m)
    await hasSaid(/ERROR config\.toml:9: auth_key: is empty/m)
    await hasSaid(/ERROR config\.toml:10: log_levle: is not a setting: did you mean log_level\?$/m)
    await reload(`stats_token = "${SECRET}`)
    await hasSaid(/ERROR .*cannot be used.*\n\S+ ERROR config\.toml:7:/)
    assert.equal((await stats()).status, 401)
    assert.equal((await stats({ authorization: `Bearer ${SECRET}` })).status, 200)
    assert.doesNotMatch(exporter.stderr() + exporter.stdout(), new RegExp(SECRET))
  })
  it('keeps a random key, says what takes a restart, and that nothing has changed', async (t) => {
    const { reload, hasSaid, link, exporter } = await setup(t, '')
    await reload('tokens_file = "other.json"\nlegacy_metrics = true')
    await hasSaid(/WARN .*To change tokens_file and legacy_metrics takes a restart/)
    await reload('')
    await hasSaid(/INFO .*nothing has changed/)
    assert.equal((await fetch(link, { redirect: 'manual' })).status, 303)
    assert.deepEqual(exporter.stdout().trim().split('\n'), [link])
  })
  it('changes auth_key, and prints the link that counts now while nobody is logged in', async (t) => {
    const { reload, link, origin, exporter } = await setup(t, '')
    await reload('auth_key = "a key of my own"')
    await exporter.says(/authorize\?key=a%20key%20of%20my%20own$/m)
    assert.equal((await fetch(link, { redirect: 'manual' })).status, 401)
    const own = `${origin}/authorize?key=a%20key%20of%20my%20own`
    assert.equal((await fetch(own, { redirect: 'manual' })).status, 303)
  })
  it('ends the demo, as closing its terminal does', async (t) => {
    const demo = startMain(t, ['demo', '--approve'])
    await demo.says(/Logged in and approved/)
    demo.child.kill('SIGHUP')
    assert.equal(await demo.ended(), 0)
  })
  it('is neither lost nor the end while the exporter still waits for tokens.json', async (t) => {
    const { exporter, write, cwd, stats } = await setup(t, '')
    const port = await freePort()
    const second = (more: string) =>
      write(`auth_key = "short"\n${more}`, { server_addr: `127.0.0.1:${port}` })
    await second('')
    const other = startMain(t, [], { cwd })
    await eventually(() => assert.match(other.stderr(), /auth_key is short/))
    await second('stats_token = "sesame"')
    other.child.kill('SIGHUP')
    assert.equal((await stats()).status, 200)
    exporter.child.kill('SIGTERM')
    await eventually(() => assert.match(other.stderr(), /is used: stats_token changed/))
    assert.equal((await fetch(`http://127.0.0.1:${port}/stats`)).status, 401)
  })
})
