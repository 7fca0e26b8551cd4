import assert from 'node:assert/strict'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { FakeClock } from '../fakes/clock.ts'
import { createContext } from '../fakes/context.ts'
import { setUpLogin } from './sandbox-login.ts'

/** Sets a window's title, clears the screen twice over, and forges an error and a hint. */
const HOSTILE = '\x1b]0;owned\x07\x1b[2J\x9b2J\nerror: forged\r\nhint: run this \u202e'
const SHOWN =
  '\\u001b]0;owned\\u0007\\u001b[2J\\u009b2J\\u000aerror: forged\\u000d\\u000ahint: run this \\u202e'

function assertPrintable(text: string): void {
  assert.doesNotMatch(text, /^(?:error|hint): (?:forged|run this)|[^\P{Cc}\n]|\u202e/mu)
}

describe('A terminal', () => {
  it('is told by doctor of a user id that is meant to command it', async (t) => {
    const { logins, inFolder } = await setUpLogin(t)
    const hostile = logins.map((login) => ({ ...login, user_id: HOSTILE }))
    const { context, stdout, stderr } = await inFolder(['doctor'], hostile)
    await run(context)
    assert.ok(stdout().includes(`The login of ${SHOWN} `), stdout())
    assertPrintable(stdout() + stderr())
  })
  it('is told by logout', async (t) => {
    const { logins, inFolder } = await setUpLogin(t)
    const hostile = logins.map((login) => ({ ...login, user_id: HOSTILE }))
    const { context, stdout, stderr } = await inFolder(['logout'], hostile)
    assert.equal(await run(context), 0, stderr())
    assert.equal(stdout(), `Logged out ${SHOWN}: at Monzo, and here.\n`)
  })
  it('is told by logout of a login that Monzo does not end', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    const hostile = logins.map((login) => ({ ...login, user_id: HOSTILE }))
    const { context, stderr } = await inFolder(['logout'], hostile)
    await sandbox.stop()
    assert.equal(await run({ ...context, clock: new FakeClock(new Date().toISOString()) }), 1)
    assert.ok(stderr().startsWith(`error: ${SHOWN} is still logged in.`), stderr())
    assertPrintable(stderr())
  })
  it('is told who holds the tokens, in one line', async (t) => {
    const { logins, inFolder } = await setUpLogin(t)
    const { context, tokensFile, stderr } = await inFolder(['logout'], logins)
    await mkdir(`${tokensFile}.lock`)
    const holder = { id: 'another', pid: 12, host: HOSTILE }
    await writeFile(`${tokensFile}.holder`, JSON.stringify(holder))
    const clock = new FakeClock(new Date().toISOString())
    let marks = 0
    const whileMarked = async (ms: number) => {
      await utimes(`${tokensFile}.lock`, ++marks, marks) // that one is alive
      await clock.sleep(ms)
    }
    const marked: Clock = {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      sleep: whileMarked,
      within: (ms, task, signal) => clock.within(ms, task, signal),
      every: () => clock.every(),
    }
    assert.equal(await run({ ...context, clock: marked }), 75)
    assert.match(
      stderr(),
      /^[^\n]+: waiting a few seconds to see whether that one is alive\.\nerror: /,
    )
    assert.ok(
      stderr().includes(`is held by another instance (pid 12 on ${SHOWN})\nhint: `),
      stderr(),
    )
    assertPrintable(stderr())
  })
  it('is told of arguments and of a configuration that are meant to command it', async (t) => {
    for (const args of [
      [HOSTILE],
      [`--${HOSTILE}`],
      ['logout', '--user', HOSTILE],
      [`--config=${HOSTILE}`],
    ]) {
      const files = { 'config.toml': 'client_id = "oauth2client_1"\nclient_secret = "mnzconf.1"\n' }
      const { context, stdout, stderr } = await createContext(t, args, files)
      assert.notEqual(await run(context), 0)
      assertPrintable(stdout() + stderr())
    }
    const files = { 'config.toml': '"a\\u001b[2J\\nerror: forged" = 1\n' }
    const { context, stderr } = await createContext(t, ['check-config'], files)
    assert.equal(await run(context), 78)
    assertPrintable(stderr())
  })
})
