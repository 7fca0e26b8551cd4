import assert from 'node:assert/strict'
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { SANDBOX_CLIENT } from '../../src/sandbox/sandbox.ts'
import { tinyDisk } from '../chaos/mounts.ts'
import { type ExporterOptions, setUp } from './harness.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const TOKEN = 'POST /oauth2/token'
const outcome = (name: string) => `monzo_token_refreshes_total{outcome="${name}"}`
const BALANCE = /^monzo_balance\{/m

/** Connected, with tokens.json on a real disk of 64 KiB; `undefined` and skipped without root. */
async function onTinyDisk(t: TestContext, options: ExporterOptions = {}) {
  const disk = await tinyDisk(t, 64 * 1024)
  if (!disk) return undefined
  const tokens_file = join(disk.folder, 'tokens.json')
  const settings = { tokens_file, poll_interval: '1m', ...options.settings }
  const exporter = await setUp(t, { ...options, settings })
  await exporter.logIn()
  exporter.sandbox.approve()
  await exporter.clock.advance(2 * MINUTE_MS)
  await exporter.shows('monzo_up', 1)
  exporter.newCalls()
  const stored = async () => JSON.parse(await readFile(tokens_file, 'utf8')).logins[0]
  return { ...exporter, disk, tokens_file, stored }
}

describe('A refresh', () => {
  it('is withheld on a full disk: the one-time token is not spent, and a sentence says why', async (t) => {
    const exporter = await onTinyDisk(t, { knobs: { expiresIn: 7200 } })
    if (!exporter) return
    const { disk, clock, newCalls, log, stored, tokens_file } = exporter
    const before = await stored()
    disk.fill()
    await clock.advance(1.75 * HOUR_MS)
    assert.equal(newCalls()[TOKEN], undefined)
    assert.deepEqual(await stored(), before)
    await exporter.matches(BALANCE) // the present token still works
    const withheld = (await exporter.value(outcome('withheld'))) ?? 0
    assert.ok(withheld >= 5 && withheld <= 20, `${withheld} attempts in 15 minutes`)
    const sentences = log.lines.filter((line) => line.includes('is not refreshed'))
    assert.deepEqual(sentences, [
      `warn: The access token is not refreshed, since its one-time successor could not be kept: ${tokens_file} can't be written: the disk is full (ENOSPC). Make room on the disk of ${disk.folder}; it tries again by itself.`,
    ])
    await clock.advance(2 * HOUR_MS) // by now it has expired
    await exporter.hides(BALANCE)
    assert.equal(newCalls()[TOKEN], undefined)
    assert.equal(log.lines.filter((line) => line.includes('is not refreshed')).length, 3)
    await exporter.matches(/state="connected"\} 1$/m)

    await disk.empty()
    await clock.advance(2 * MINUTE_MS)
    assert.equal(newCalls()[TOKEN], 1)
    await exporter.shows('monzo_up', 1)
    assert.notDeepEqual(await stored(), before)
    assert.match(log.lines.join('\n'), /Refreshing the access token works again/)
    assert.equal(exporter.links.length, 1)
  })
  it('is withheld on a disk that has become read-only', async (t) => {
    const exporter = await onTinyDisk(t, { knobs: { expiresIn: 7200 } })
    if (!exporter) return
    exporter.disk.remount('ro')
    await exporter.clock.advance(1.75 * HOUR_MS)
    exporter.disk.remount('rw')
    assert.equal(exporter.newCalls()[TOKEN], undefined)
    assert.match(exporter.log.lines.join('\n'), /the file system is read-only \(EROFS\)/)
  })
  it('whose reply could not be saved is worked with from memory, until it can be', async (t) => {
    const exporter = await onTinyDisk(t, { knobs: { expiresIn: 7200 } })
    if (!exporter) return
    const { disk, clock, sandbox, log, stored } = exporter
    const before = await stored()
    sandbox.addFault({ kind: 'slow', endpoint: TOKEN, delayMs: 20_000 })
    sandbox.expireAccess()
    await clock.advance(MINUTE_MS + 5000) // it is on its way
    disk.fill()
    await clock.advance(2 * MINUTE_MS)
    await exporter.shows('monzo_tokens_persisted', 0)
    await exporter.shows('monzo_up', 1)
    const page = await (await exporter.get('/')).text()
    assert.match(page, /<h1 [^>]*>Connected, but the tokens are not safe on disk</)
    assert.deepEqual(await stored(), before)
    assert.match(
      log.lines.join('\n'),
      /error: New tokens are only in memory: .*the disk is full \(ENOSPC\)\. Make /,
    )
    await clock.advance(2 * HOUR_MS) // the file protects nothing: refreshes go ahead
    await exporter.shows('monzo_up', 1)
    assert.ok((exporter.newCalls()[TOKEN] ?? 0) >= 2)
    await disk.empty()
    await clock.advance(MINUTE_MS)
    await exporter.shows('monzo_tokens_persisted', 1)
    const { access_token } = await stored()
    const whoami = await fetch(`${sandbox.apiUrl}/ping/whoami`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    assert.equal(whoami.status, 200)
  })
  it('is saved durably with mode 0600, before anybody uses it', async (t) => {
    const used: string[] = []
    let atUse: Promise<unknown> = Promise.resolve()
    const exporter = await setUp(t, {
      through: (fetch) => async (input, init) => {
        const bearer = new Headers(init?.headers).get('authorization')
        if (bearer !== null && !used.includes(bearer)) {
          used.push(bearer)
          atUse = exporter?.tokens().catch(() => undefined) ?? atUse
          await atUse
        }
        return fetch(input, init)
      },
    })
    await exporter.connect()
    exporter.sandbox.expireAccess()
    await exporter.clock.advance(15_000)
    const saved = (await atUse) as { logins: { access_token: string }[] }
    assert.equal(`Bearer ${saved.logins[0]?.access_token}`, used.at(-1))
    assert.equal(used.length, 2)
    assert.equal((await stat(exporter.tokensFile)).mode & 0o777, 0o600)
  })
})

describe('A read-only folder', () => {
  it('takes no lock: that is said once, balances are exported, and it comes round when it can', async (t) => {
    const exporter = await onTinyDisk(t)
    if (!exporter) return
    const { disk, clock, log, stop, start } = exporter
    await stop()
    disk.remount('ro')
    log.lines.splice(0)
    await start()
    await clock.advance(10 * MINUTE_MS)
    await exporter.shows('monzo_up', 1)
    await exporter.shows('monzo_tokens_persisted', 0)
    const warnings = log.lines.filter((line) => line.startsWith('warn: '))
    assert.equal(warnings.length, 1, warnings.join('\n'))
    assert.match(
      warnings[0] ?? '',
      /^warn: No lock can be made beside .*: the file system is read-only \(EROFS\)\. Make .* writable/,
    )
    disk.remount('rw')
    await clock.advance(2 * MINUTE_MS)
    await exporter.shows('monzo_tokens_persisted', 1)
    assert.match(log.lines.at(-1) ?? '', /^info: The tokens file is held by this instance again/)
  })
})

describe('A shutdown during a refresh', () => {
  for (const isDiskFull of [false, true])
    it(`waits for the reply, and for the save${isDiskFull ? ', which succeeds at the second try' : ''}`, async (t) => {
      const exporter = await onTinyDisk(t)
      if (!exporter) return
      const { clock, sandbox, disk, stored, stop } = exporter
      const before = await stored()
      sandbox.addFault({ kind: 'slow', endpoint: TOKEN, delayMs: 20_000 })
      sandbox.expireAccess()
      await clock.advance(MINUTE_MS)
      if (isDiskFull) disk.fill()
      const stopped = stop()
      const startedMs = clock.elapsed()
      while (clock.elapsed() - startedMs < 20_200 && isDiskFull)
        await new Promise((resolve) => setImmediate(resolve))
      await disk.empty()
      await stopped
      assert.ok(clock.elapsed() - startedMs < 31_000, `${clock.elapsed() - startedMs} ms`)
      assert.notDeepEqual(await stored(), before)
      const { access_token } = await stored()
      const headers = { authorization: `Bearer ${access_token}` }
      assert.equal((await fetch(`${sandbox.apiUrl}/ping/whoami`, { headers })).status, 200)
    })
  it('waits for the exchange of a code, too', async (t) => {
    const exporter = await setUp(t)
    const { callback, cookie } = await exporter.comeBack()
    exporter.sandbox.addFault({ kind: 'slow', endpoint: TOKEN, delayMs: 20_000 })
    const page = exporter.get(callback.href, { headers: { cookie } }).catch(() => undefined)
    await exporter.clock.advance(1000)
    await exporter.stop()
    await page
    assert.equal((await exporter.tokens()).logins.length, 1)
  })
})

describe('A refresh that nobody knows the fate of', () => {
  it('is asked for again, once and soon, and then a person is: when the reply is lost on the wire', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    exporter.newCalls()
    exporter.sandbox.addFault({ kind: 'drop_after', endpoint: TOKEN })
    exporter.sandbox.expireAccess()
    await exporter.clock.advance(17_000)
    assert.equal(exporter.newCalls()[TOKEN], 2)
    await exporter.matches(/state="reauthorization_required"\} 1$/m)
    assert.equal(exporter.links.length, 2)
    await exporter.clock.advance(HOUR_MS)
    assert.deepEqual(exporter.newCalls(), {})
    assert.equal(exporter.links.length, 2)
  })
  it('costs nothing when Monzo never got it', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    exporter.newCalls()
    exporter.sandbox.addFault({ kind: 'reset', endpoint: TOKEN })
    exporter.sandbox.expireAccess()
    await exporter.clock.advance(17_000)
    assert.equal(exporter.newCalls()[TOKEN], 2)
    await exporter.shows('monzo_up', 1)
    assert.equal(exporter.links.length, 1)
  })
  it('is found in the file when another instance has won', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    const copy = join(exporter.folder, 'other.json')
    await copyFile(exporter.tokensFile, copy)
    const won = await refreshAsAnother(exporter.sandbox.apiUrl, copy)
    exporter.sandbox.addFault({ kind: 'slow', endpoint: TOKEN, delayMs: 5000 })
    exporter.newCalls()
    // This one has asked already when the other one's tokens come into the file.
    await exporter.clock.advance(15_000)
    await copyFile(won, exporter.tokensFile)
    await exporter.clock.advance(20_000)
    await exporter.shows('monzo_up', 1)
    assert.equal(exporter.newCalls()[TOKEN], 1)
    assert.equal(exporter.links.length, 1)
  })
  it('is not even begun when the file holds newer tokens by then', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    const copy = join(exporter.folder, 'other.json')
    await copyFile(exporter.tokensFile, copy)
    const won = await refreshAsAnother(exporter.sandbox.apiUrl, copy)
    await copyFile(won, exporter.tokensFile)
    exporter.newCalls()
    await exporter.clock.advance(15_000)
    await exporter.shows('monzo_up', 1)
    assert.equal(exporter.newCalls()[TOKEN], undefined)
  })
})

/** Another exporter refreshes the first login of this file. @returns the path of its file. */
async function refreshAsAnother(apiUrl: string, path: string): Promise<string> {
  const file = JSON.parse(await readFile(path, 'utf8'))
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: SANDBOX_CLIENT.clientId,
    client_secret: SANDBOX_CLIENT.clientSecret,
    refresh_token: file.logins[0].refresh_token,
  })
  const reply = await fetch(`${apiUrl}/oauth2/token`, { method: 'POST', body })
  const { access_token, refresh_token, expires_in } = (await reply.json()) as Record<string, string>
  const expires_at = new Date(Date.parse(file.logins[0].expires_at) + 1000).toISOString()
  Object.assign(file.logins[0], { access_token, refresh_token, expires_in, expires_at })
  await writeFile(path, JSON.stringify(file))
  return path
}
