import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AppError } from '../../src/lib/errors.ts'
import type { Session } from '../../src/login/session.ts'
import { Sessions } from '../../src/login/sessions.ts'
import { MonzoClient } from '../../src/monzo/client.ts'
import type { TokenReply } from '../../src/monzo/oauth.ts'
import type { StoredLogin } from '../../src/tokens/schemas.ts'
import { FakeClock } from '../fakes/clock.ts'
import { createFakeLog } from '../fakes/log.ts'

const HOUR_MS = 3_600_000
const reply = (userId: string, login = 1): TokenReply => ({
  accessToken: `access-${userId}-${login}`,
  refreshToken: `refresh-${userId}-${login}`,
  expiresIn: 107_999,
  userId,
})
const stored = (user_id: string, authorized_at?: string): StoredLogin => ({
  user_id,
  client_id: 'client_1',
  access_token: `access-${user_id}`,
  refresh_token: `refresh-${user_id}`,
  expires_at: '2026-01-02T00:00:00.000Z',
  expires_in: 107_999,
  authorized_at,
})

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

async function setup(
  options: { accountId?: string; clientId?: string | undefined; stored?: StoredLogin[] } = {},
) {
  const clock = new FakeClock('2026-01-01T00:00:00Z')
  const log = createFakeLog()
  const saves: (string | undefined)[][] = []
  const said: string[] = []
  const loggedOut: string[] = []
  const polled: unknown[] = []
  let written: readonly StoredLogin[] = []
  let refresh: () => Promise<TokenReply> = async () => assert.fail('no refresh expected')
  let whoami: (() => Promise<string>) | undefined
  let ids = 0
  const { stored: list = [], accountId: account_id } = options
  const { clientId: client_id } = { clientId: 'client_1', ...options }
  const settings = {
    ...{
      account_id,
      client_id,
      poll_interval: { ms: 15_000 },
      stale_after: { ms: 300_000 },
    },
    ...{ pots: false, transactions: false, legacy_metrics: false },
    ...{ account_names: {}, category_names: {} },
  }
  /** What saving waits for. */
  const disk = { ready: Promise.resolve() }
  const logins = new Sessions({
    clock: {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      // Nobody polls a second time: the tests say when time goes by.
      sleep: async (ms, signal = new AbortController().signal) =>
        ms > 0 ? aborted(signal) : undefined,
      within: (ms, task, signal) => clock.within(ms, task, signal),
      every: () => clock.every(),
    },
    random: () => 0,
    randomId: () => `id-${++ids}`,
    log,
    settings: () => settings,
    store: {
      warnings: [],
      load: async () => list,
      async save(saved) {
        await disk.ready
        saves.push(saved.map(({ access_token }) => access_token))
        written = saved
      },
      prepare: async () => undefined,
      look: async () => undefined,
      isPersisted: () => true,
      stop: async () => undefined,
    },
    stopping: new AbortController().signal,
    monzo: {
      oauth: () => assert.fail('no login expected'),
      connect(gate, { accessToken }) {
        const client = new MonzoClient({
          ...{ clock, gate, accessToken, random: () => 0, baseUrl: new URL('https://monzo.test') },
          ...{ onCall: () => undefined, onUnreadable: () => undefined },
          fetch: () => assert.fail('no call expected'),
        })
        client.logOut = async () => loggedOut.push(await accessToken()) > 0
        // Polls stand still: the tests say what Monzo lists.
        client.readAccounts = (signal) => {
          polled.push(gate)
          return aborted(signal)
        }
        client.readUserId = (signal) => (whoami ? whoami() : aborted(signal))
        return client
      },
      refresh: () => refresh(),
    },
    onRefresh: () => undefined,
    onPolled: () => undefined,
    onRemoved: (session) => said.push(`removed ${session.userId}`),
    onChanged: () => undefined,
    onPersonNeeded: (sentence) => said.push(sentence),
    onConsentEnds: () => said.push('a consent ends soon'),
  })
  await logins.restore()
  const login = (userId: string): Session =>
    logins.all.find((one) => one.userId === userId) ?? assert.fail(`no login of ${userId}`)
  const states = () => logins.all.map(({ userId, state }) => `${userId} ${state.state}`)
  return {
    ...{ clock, log, saves, said, loggedOut, logins, login, states, disk, polled },
    written: () => written,
    refreshWith: (with_: () => Promise<TokenReply>) => {
      refresh = with_
    },
    whoamiWith: (with_: () => Promise<string>) => {
      whoami = with_
    },
  }
}

describe('A new login', () => {
  it('is saved before anybody hears of it, and waits for approval', async () => {
    const { logins, saves, states, said } = await setup()
    const status = await logins.accept(reply('user_a'))
    assert.deepEqual(saves, [['access-user_a-1']])
    assert.equal(status.state, 'awaiting_approval')
    assert.equal(status.authorizationExpiresAtMs, Date.parse('2026-04-01T00:00:00Z'))
    assert.deepEqual(states(), ['user_a awaiting_approval'])
    assert.deepEqual(said, [])
  })
  it('is not used before it is saved', async () => {
    const { logins, disk, polled, saves } = await setup()
    let save = () => {}
    disk.ready = new Promise<void>((resolve) => {
      save = resolve
    })
    const accepting = logins.accept(reply('user_a'))
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([saves, polled.length], [[], 0])
    save()
    await accepting
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(polled.length, 1)
  })
  it('replaces the one of the same user at once', async () => {
    const { logins, saves, states } = await setup()
    const old = await logins.accept(reply('user_a', 1))
    await logins.accept(reply('user_a', 2))
    assert.deepEqual(saves.at(-1), ['access-user_a-2'])
    assert.deepEqual(states(), ['user_a awaiting_approval'])
    assert.equal(logins.find(old.id)?.state, 'unauthorized')
  })
  it('stands beside the one of another user without account_id', async () => {
    const { logins, saves } = await setup()
    await logins.accept(reply('user_a'))
    await logins.accept(reply('user_b'))
    assert.deepEqual(saves.at(-1), ['access-user_a-1', 'access-user_b-1'])
    assert.deepEqual(
      logins.all.map(({ isCandidate }) => isCandidate),
      [false, false],
    )
  })
  it('replaces one of an unknown user that Monzo has ended', async () => {
    const { user_id: _, ...unknown } = stored('user_a')
    const { logins, states, refreshWith } = await setup({ stored: [unknown] })
    refreshWith(async () => {
      throw new AppError('REAUTHORIZATION_REQUIRED', 'refused', { hint: '' })
    })
    await assert.rejects(logins.all[0]?.tokens.accessToken('access-user_a') ?? assert.fail())
    assert.deepEqual(states(), ['undefined reauthorization_required'])
    await logins.accept(reply('user_a'))
    assert.deepEqual(states(), ['user_a awaiting_approval'])
  })
  it('is removed when nobody approves within an hour', async () => {
    const { clock, logins, login, said, states, saves, loggedOut } = await setup()
    await logins.accept(reply('user_a'))
    await clock.sleep(HOUR_MS - 1)
    await logins.accountsForbidden(login('user_a'))
    assert.deepEqual(states(), ['user_a awaiting_approval'])
    await clock.sleep(1)
    await logins.accountsForbidden(login('user_a'))
    assert.deepEqual(states(), [])
    assert.deepEqual(saves.at(-1), [])
    assert.deepEqual(loggedOut, ['access-user_a-1'])
    assert.match(said.at(-1) ?? '', /not approved in the Monzo app within an hour/)
  })
})

describe('With account_id, a login of another user', () => {
  it('replaces the working one when it sees the account', async () => {
    const { logins, login, states, loggedOut } = await setup({ accountId: 'acc_1' })
    await logins.accept(reply('user_a'))
    assert.equal(await logins.accountsRead(login('user_a'), ['acc_1']), true)
    await logins.accept(reply('user_b'))
    assert.deepEqual(states(), ['user_a connected', 'user_b awaiting_approval'])
    assert.equal(await logins.accountsRead(login('user_b'), ['acc_2', 'acc_1']), true)
    assert.deepEqual(states(), ['user_b connected'])
    assert.deepEqual(loggedOut, ['access-user_a-1'])
  })
  it('is turned away, and logged out at Monzo, when it does not', async () => {
    const { logins, login, states, loggedOut, log, saves } = await setup({ accountId: 'acc_1' })
    await logins.accept(reply('user_a'))
    await logins.accountsRead(login('user_a'), ['acc_1'])
    const { id } = await logins.accept(reply('user_b'))
    assert.equal(await logins.accountsRead(login('user_b'), ['acc_2']), false)
    assert.deepEqual(states(), ['user_a connected'])
    assert.deepEqual(saves.at(-1), ['access-user_a-1'])
    assert.deepEqual(loggedOut, ['access-user_b-1'])
    assert.equal(logins.find(id)?.state, 'unauthorized')
    assert.equal(
      log.lines.at(-1),
      'warn: The person who logged in cannot see the account of account_id, so that login was removed. They see acc_2. Log in as the owner of that account, or correct account_id and restart.',
    )
    assert.match(logins.warnings.join(), /so that login was removed\. Log in as the owner/)
    await logins.accept(reply('user_a', 2))
    assert.deepEqual(logins.warnings, [])
  })
  it('has to prove itself also when it is the first one', async () => {
    const { logins, login, states, said } = await setup({ accountId: 'acc_1' })
    await logins.accept(reply('user_b'))
    await logins.accountsRead(login('user_b'), ['acc_2'])
    assert.deepEqual(states(), [])
    assert.equal(said.at(-1), 'Nobody is logged in')
  })
  it('stays a candidate over a restart', async () => {
    const recently = '2025-12-31T23:30:00.000Z'
    const { logins, login, states } = await setup({
      accountId: 'acc_1',
      stored: [stored('user_a', '2025-12-01T00:00:00.000Z'), stored('user_b', recently)],
    })
    assert.deepEqual(states(), ['user_a connected', 'user_b awaiting_approval'])
    await logins.accountsRead(login('user_b'), [])
    assert.deepEqual(states(), ['user_a connected'])
  })
})

describe('A login from the tokens file', () => {
  it('that still waits after a restart is told of in the log, once Monzo has said so, and once', async () => {
    const { logins, login, log } = await setup({
      stored: [stored('user_a', '2025-12-31T23:30:00.000Z')],
    })
    assert.deepEqual(log.lines, [])
    for (const _poll of [1, 2]) await logins.accountsForbidden(login('user_a'))
    assert.deepEqual(log.lines, ['info: A login still waits: approve the access in the Monzo app.'])
  })
  it('that cannot see account_id is kept: the setting may be what is wrong', async () => {
    const { logins, login, states } = await setup({
      accountId: 'acc_typo',
      stored: [stored('user_a')],
    })
    assert.equal(await logins.accountsRead(login('user_a'), ['acc_1']), true)
    assert.deepEqual(states(), ['user_a connected'])
  })
  it('of another client is named, and tried all the same', async () => {
    const other = { ...stored('user_a'), client_id: 'client_0' }
    const { log, states } = await setup({ stored: [other] })
    assert.match(log.lines[0] ?? '', /^warn: .*another client_id/)
    assert.deepEqual(states(), ['user_a connected'])
  })
  it('of the Rust exporter is saved with its client once a refresh has shown that it is ours', async () => {
    const { user_id: _, client_id: __, ...rust } = stored('user_a')
    const { logins, refreshWith, written } = await setup({ stored: [rust] })
    refreshWith(async () => reply('user_a', 2))
    await logins.all[0]?.tokens.accessToken('access-user_a')
    const [saved] = written()
    assert.deepEqual(
      [saved?.user_id, saved?.client_id, saved?.access_token],
      ['user_a', 'client_1', 'access-user_a-2'],
    )
  })
  it('whose time is unknown can not be warned of: the log says at start to log in once', async () => {
    const { log } = await setup({
      stored: [stored('user_a'), stored('user_b', '2025-12-31T00:00:00Z')],
    })
    assert.deepEqual(log.lines, [
      'warn: The tokens file does not say when this login was made, so nothing can warn you before its 90 days end: log in once, from the status page.',
    ])
  })
  it('of an unknown user is saved with the name once Monzo tells it', async () => {
    const { user_id: _, ...unknown } = stored('user_a')
    const { logins, saves } = await setup({ stored: [unknown] })
    const [login] = logins.all
    await login?.identify('user_a')
    assert.equal(login?.stored?.user_id, 'user_a')
    assert.deepEqual(saves, [['access-user_a']])
  })
})

it('saves refreshed tokens before they are used, and asks for a person when they are refused', async () => {
  const { logins, login, saves, said, refreshWith, states } = await setup({
    stored: [stored('user_a'), stored('user_b')],
  })
  refreshWith(async () => reply('user_a', 2))
  assert.equal(await login('user_a').tokens.accessToken('access-user_a'), 'access-user_a-2')
  assert.deepEqual(saves, [['access-user_a-2', 'access-user_b']])
  refreshWith(async () => {
    throw new AppError('REAUTHORIZATION_REQUIRED', 'refused', { hint: '' })
  })
  await assert.rejects(login('user_b').tokens.accessToken('access-user_b'))
  assert.deepEqual(states(), ['user_a connected', 'user_b reauthorization_required'])
  assert.match(
    said.at(-1) ?? '',
    /^Monzo ended the login of user_b .*: somebody has to log in again$/,
  )
  assert.equal(saves.length, 1)
  await logins.stop()
})
it('keeps playground tokens out of the file, and asks nobody to log in when they end', async () => {
  const { logins, saves, said, log, whoamiWith } = await setup()
  logins.usePlayground(['t1', 't2'])
  whoamiWith(async () => {
    throw new AppError('MONZO_TOKEN_REFUSED', 'refused', { hint: '' })
  })
  const [first, second] = logins.all
  await second?.identify('user_b') // is missed all the same
  assert.equal(await first?.tokens.accessToken(), 't1')
  await assert.rejects(first?.tokens.accessToken('t1') ?? assert.fail(), {
    code: 'REAUTHORIZATION_REQUIRED',
    hint: /copy a new one/,
  })
  assert.equal(first?.state.state, 'reauthorization_required')
  assert.deepEqual(saves, [])
  assert.deepEqual(said, [])
  assert.match(log.lines.at(-1) ?? '', /^error: A token of access_tokens is over/)
})
it('tells of the tokens on disk where there are any, and nothing where the tokens are from the playground', async () => {
  const { logins } = await setup({ stored: [stored('user_a')] })
  assert.equal(logins.snapshot().areTokensPersisted, true)
  assert.deepEqual(
    logins.snapshot().logins.map(({ userId }) => userId),
    ['user_a'],
  )
  const playground = await setup({ clientId: undefined })
  assert.equal(playground.logins.snapshot().areTokensPersisted, undefined)
})

it('has it known, once a day, that a consent ends within a week', async () => {
  const { logins, said } = await setup({
    stored: [
      stored('user_a', '2025-10-10T00:00:00.000Z'),
      stored('user_b', '2025-12-10T00:00:00Z'),
    ],
  })
  said.length = 0
  await logins.look()
  await logins.look()
  assert.deepEqual(said, ['a consent ends soon'])
})
