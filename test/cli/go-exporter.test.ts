import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { run } from '../../src/cli/run.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import { createContext } from '../fakes/context.ts'
import { freePort } from '../fakes/free-port.ts'

/** The exporter with the Go exporter's command line, in front of a simulated Monzo. */
async function start(t: TestContext, argsFor: (port: number) => readonly string[]) {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${port}`
  const client = { ...SANDBOX_CLIENT, redirectUris: [`${origin}/token/callback`] }
  const sandbox = await startSandbox({ clock: systemClock, clients: [client] })
  t.after(() => sandbox.stop())
  const args = [...argsFor(port), `--metrics-port=${metricsPort}`]
  const { context, stop, stdout, stderr } = await createContext(t, args)
  const env = {
    MONZO_EXPORTER_MONZO_API_URL: sandbox.apiUrl,
    MONZO_EXPORTER_MONZO_AUTH_URL: sandbox.authUrl,
  }
  const code = run({ ...context, env })
  t.after(async () => {
    stop()
    assert.equal(await code, 0, stderr())
  })
  const eventually = async (pattern: RegExp, text: () => string | Promise<string>) => {
    for (let tries = 0; tries < 200; tries++) {
      const found = pattern.exec(await text())
      if (found) return found[0]
      await setTimeout(50)
    }
    assert.fail(`${pattern} never came:\n${await text()}\n${stderr()}`)
  }
  await eventually(/Serving/, stderr)
  const root = `http://127.0.0.1:${metricsPort}/`
  const metrics = async () => (await fetch(root)).text()
  return { sandbox, origin, root, metrics, eventually, stdout, stderr }
}

it("takes the Go exporter's place: its flags, paths, ports and metrics", async (t) => {
  const running = await start(t, (port) => [
    `--monzo-oauth-client-id=${SANDBOX_CLIENT.clientId}`,
    '--monzo-oauth-client-secret',
    SANDBOX_CLIENT.clientSecret,
    '--monzo-oauth-external-url',
    `http://127.0.0.1:${port}`,
    `--monzo-oauth-port=${port}`,
  ])
  const { sandbox, origin, root, metrics, eventually, stdout } = running
  const link = new URL(await eventually(/http\S+/, stdout))
  const begun = await fetch(`${origin}/token/start${link.search}`, { redirect: 'manual' })
  assert.equal(begun.status, 303)
  const authorizeUrl = new URL(begun.headers.get('location') ?? '')
  assert.equal(authorizeUrl.searchParams.get('redirect_uri'), `${origin}/token/callback`)
  const cookie = begun.headers.getSetCookie().map((text) => text.split(';')[0])
  const callback = await sandbox.logIn(authorizeUrl)
  const headers = { cookie: cookie.join('; ') }
  const page = await fetch(callback, { headers })
  assert.equal(page.status, 200)
  const [login] = /\/login\/[\w-]+/.exec(await page.text()) ?? []
  sandbox.approve()
  /** As the waiting page does, so that nobody waits for the next poll. */
  const watched = async () => {
    await fetch(`${origin}${login}`)
    return metrics()
  }
  const BALANCE = /^monzo_current_balance\{user_id="user_\w+",account_id="acc_\w+"\} \d+$/m
  await eventually(BALANCE, watched)
  assert.match(await metrics(), /^monzo_balance\{/m)
  assert.match(await (await fetch(origin)).text(), /:\d+\/token\/callback/)
  for (const path of ['token/start', 'token/callback', 'authorize'])
    assert.equal((await fetch(root + path)).status, 404)
})

it('opens no other port than that of the metrics when it has tokens alone', async (t) => {
  const { origin, metrics, stderr } = await start(t, () => ['--monzo-access-tokens=one,two'])
  await assert.rejects(fetch(origin))
  assert.match(await metrics(), /^monzo_up 0$/m)
  assert.match(
    stderr(),
    /Serving \/stats at http:\/\/127\.0\.0\.1:\d+ \(and every other address of this machine\)\.\n/,
  )
})
