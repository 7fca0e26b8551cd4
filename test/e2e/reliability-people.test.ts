import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { describe, it, type TestContext } from 'node:test'
import { setUp } from './harness.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const SAM = 'sam@example.com'
const ROBIN = 'robin@example.com'

/** Sam is connected; with `only`, nothing but that account of Sam's is exported. */
async function setup(t: TestContext, only?: 'current' | 'joint') {
  const exporter = await setUp(t, { settings: { poll_interval: '1m' } })
  const { bank } = exporter.sandbox
  const idOf = (email: string) => bank.findPerson(email)?.id ?? assert.fail(`no ${email}`)
  const accountOf = (email: string, type: string) =>
    bank.accountsOf(idOf(email)).find((account) => account.type === type)?.id ?? assert.fail(type)
  const joint = accountOf(ROBIN, 'uk_retail_joint')
  const account_id = only === 'joint' ? joint : accountOf(SAM, 'uk_retail')
  const settings: Record<string, string> = only ? { account_id } : {}
  let running = { stop: exporter.stop }
  if (only) {
    await running.stop()
    running = await exporter.start(settings)
  }
  await exporter.logIn(SAM)
  exporter.sandbox.approve(SAM)
  await exporter.clock.advance(2 * MINUTE_MS)
  await exporter.shows('monzo_up', 1)
  exporter.newCalls()
  exporter.links.splice(0)
  return {
    ...exporter,
    joint,
    sam: idOf(SAM),
    robin: idOf(ROBIN),
    /** Who is in the file, in its order. */
    people: async () =>
      (await exporter.tokens()).logins.map(({ user_id }: { user_id: string }) => user_id),
    /** Exported accounts, by how often. */
    exported: async () =>
      [...(await exporter.stats()).matchAll(/^monzo_balance\{account_id="(\w+)"/gm)].map(
        ([, id]) => id,
      ),
    async restart(downMs = 0) {
      await running.stop()
      await exporter.clock.advance(downMs)
      running = await exporter.start(settings)
      await exporter.clock.advance(1000)
    },
    stateOf: (userId: string, state: string) =>
      exporter.matches(new RegExp(`user_id="${userId}",state="${state}"\\} 1$`, 'm')),
  }
}

describe('The same person, logging in again', () => {
  it('replaces the old login at once, approved or not', async (t) => {
    const { logIn, people, sam, stateOf, sandbox, clock, shows, links } = await setup(t)
    await logIn(SAM)
    assert.deepEqual(await people(), [sam])
    await clock.advance(MINUTE_MS)
    await stateOf(sam, 'awaiting_approval')
    sandbox.approve(SAM)
    await clock.advance(MINUTE_MS)
    await shows('monzo_up', 1)
    assert.deepEqual(links, [])
  })
  it('is one person still when the file did not tell who it was', async (t) => {
    const exporter = await setup(t)
    const { access_token, refresh_token, expires_at } = (await exporter.tokens()).logins[0]
    await exporter.stop()
    await writeFile(
      exporter.tokensFile,
      JSON.stringify({ access_token, refresh_token, expires_at }),
    )
    exporter.sandbox.addFault({ kind: 'status', endpoint: 'GET /ping/whoami', count: 'forever' })
    await exporter.start()
    await exporter.clock.advance(MINUTE_MS)
    await exporter.logIn(SAM)
    exporter.sandbox.approve(SAM)
    await exporter.clock.advance(2 * MINUTE_MS)
    await exporter.shows('monzo_up', 1)
    assert.deepEqual(await exporter.people(), [exporter.sam])
    assert.deepEqual(exporter.links, [])
  })
})

describe('Another person, without account_id', () => {
  it('is added, and outlives a restart', async (t) => {
    const { logIn, people, sam, robin, sandbox, clock, shows, restart } = await setup(t)
    await logIn(ROBIN)
    sandbox.approve(ROBIN)
    await clock.advance(MINUTE_MS)
    await restart()
    assert.deepEqual(await people(), [sam, robin])
    await shows(`monzo_login_up{user_id="${robin}"}`, 1)
    await shows('monzo_up', 1)
  })
  for (const isRestarted of [false, true])
    it(`is removed when nobody approves within an hour${isRestarted ? ', with a restart in between' : ''}`, async (t) => {
      const { logIn, people, sam, robin, clock, stateOf, restart, shows, newCalls, links } =
        await setup(t)
      await logIn(ROBIN)
      await clock.advance(30 * MINUTE_MS)
      if (isRestarted) await restart()
      await clock.advance(29 * MINUTE_MS)
      await stateOf(robin, 'awaiting_approval')
      assert.deepEqual(await people(), [sam, robin])
      await clock.advance(2 * MINUTE_MS)
      assert.deepEqual(await people(), [sam])
      assert.equal(newCalls()['POST /oauth2/logout'], 1)
      await shows('monzo_up', 1)
      assert.deepEqual(links, [], 'nobody is asked for what somebody else began')
    })
})

describe('Another person, with account_id', () => {
  for (const isRestarted of [false, true]) {
    const between = isRestarted ? ', with a restart in between' : ''
    it(`replaces the working login when they see the account${between}`, async (t) => {
      const { logIn, people, sam, robin, sandbox, clock, exported, joint, restart, shows } =
        await setup(t, 'joint')
      await logIn(ROBIN)
      await clock.advance(MINUTE_MS)
      if (isRestarted) await restart()
      assert.deepEqual(await people(), [sam, robin])
      assert.deepEqual(await exported(), [joint])
      sandbox.approve(ROBIN)
      await clock.advance(2 * MINUTE_MS)
      assert.deepEqual(await people(), [robin])
      assert.deepEqual(await exported(), [joint])
      await shows('monzo_up', 1)
    })
    it(`is logged out and removed when they do not, and the page says why${between}`, async (t) => {
      const { logIn, people, sam, sandbox, clock, get, restart, shows, newCalls } = await setup(
        t,
        'current',
      )
      await logIn(ROBIN)
      await clock.advance(MINUTE_MS)
      if (isRestarted) await restart()
      sandbox.approve(ROBIN)
      newCalls()
      await clock.advance(2 * MINUTE_MS)
      assert.deepEqual(await people(), [sam])
      assert.equal(newCalls()['POST /oauth2/logout'], 1)
      await shows('monzo_up', 1)
      assert.match(await (await get('/')).text(), /cannot see the account of account_id/)
    })
    it(`is removed when nobody approves within an hour${between}`, async (t) => {
      const { logIn, people, sam, clock, restart, shows, links } = await setup(t, 'current')
      await logIn(ROBIN)
      await clock.advance(MINUTE_MS)
      if (isRestarted) await restart(2 * HOUR_MS)
      await clock.advance(65 * MINUTE_MS)
      assert.deepEqual(await people(), [sam])
      await shows('monzo_up', 1)
      assert.deepEqual(links, [])
    })
  }
  it('who was logged in before account_id was set is not logged out for a mistake in it', async (t) => {
    const { logIn, people, sam, robin, sandbox, clock, stop, start, newCalls } = await setup(t)
    await logIn(ROBIN)
    sandbox.approve(ROBIN)
    await clock.advance(2 * HOUR_MS)
    await stop()
    newCalls()
    const other = await start({ account_id: 'acc_0000Mistyped' })
    await clock.advance(10 * MINUTE_MS)
    assert.deepEqual(await people(), [sam, robin])
    assert.equal(newCalls()['POST /oauth2/logout'], undefined)
    await other.stop()
  })
})

describe('A joint account that two logins see', () => {
  for (const [first, second] of [
    [SAM, ROBIN],
    [ROBIN, SAM],
  ] as const)
    it(`is one series, also after ${first} has left`, async (t) => {
      const { logIn, sandbox, clock, exported, joint } = await setup(t)
      await logIn(ROBIN)
      sandbox.approve(ROBIN)
      await clock.advance(MINUTE_MS)
      const count = async () => (await exported()).filter((id) => id === joint).length
      assert.equal(await count(), 1)
      sandbox.revoke(first)
      await clock.advance(MINUTE_MS)
      assert.equal(await count(), 1)
      await clock.advance(10 * MINUTE_MS)
      assert.equal(await count(), 1)
      sandbox.revoke(second)
      await clock.advance(10 * MINUTE_MS)
      assert.equal(await count(), 0)
    })
})
