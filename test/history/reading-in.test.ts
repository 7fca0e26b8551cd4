import assert from 'node:assert/strict'
import { chmod, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createHistory } from '../../src/history/history.ts'
import { ledgerPath } from '../../src/history/ledger-file.ts'
import { readLedger } from '../../src/history/read-ledger.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { Transaction } from '../../src/monzo/schemas.ts'
import { toPosting } from '../../src/readings/posting.ts'
import { FakeClock } from '../fakes/clock.ts'
import { createFakeLog } from '../fakes/log.ts'
import { transaction } from '../fakes/transaction.ts'
import { createFolder } from '../fakes/world.ts'
import { createFakeMonzo } from './fake-monzo.ts'
import { ms } from './postings.ts'

const NOW = '2026-11-22T10:00:00Z'
const CREATED = '2023-05-04T09:00:00Z'
const ACCOUNT = { id: 'acc_1', type: 'uk_retail', closed: false, currency: 'GBP' }
const ALWAYS = { startMs: 0, endMs: ms('2100-01-01T00:00:00Z') }
const signal = new AbortController().signal

/** So many transactions, evenly from the account's beginning until now. */
function life(count: number, { from = CREATED, to = NOW } = {}): Transaction[] {
  const stepMs = (ms(to) - ms(from)) / (count + 1)
  return Array.from({ length: count }, (_, n) =>
    transaction({
      created: new Date(ms(from) + Math.round((n + 1) * stepMs)).toISOString(),
      amount: -100 - (n % 7),
    }),
  )
}

async function setup(t: TestContext, list: Transaction[], { replyMs = 150, account = {} } = {}) {
  const folder = join(await createFolder(t), 'history')
  const clock = new FakeClock(NOW)
  const bank = createFakeMonzo(clock, { replyMs })
  bank.lists.set('acc_1', list)
  const log = createFakeLog()
  const hurries: number[] = []
  const accounts = [{ ...ACCOUNT, owner_type: undefined, created: CREATED, ...account }]
  /** A program that starts in this folder. */
  const start = () => {
    const mayWrite = async () => undefined
    const history = createHistory({ clock, log, folder, mayWrite, onNews: () => undefined })
    const join = () =>
      history.ofLogin({ monzo: bank.monzo, hurryFor: (forMs) => hurries.push(forMs) })
    const login = join()
    login.accountsRead(accounts)
    return { history, login, join }
  }
  const approve = (login: ReturnType<typeof start>['login']) => {
    bank.approve()
    login.approved()
    return login.read(signal)
  }
  const path = ledgerPath(folder, 'acc_1')
  const kept = async () => {
    const { ledger } = (await readLedger(path)) ?? assert.fail('no ledger')
    const byId = ledger.postingsIn(ALWAYS).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    return { ledger, postings: byId }
  }
  /** Everything Monzo has is kept, once. */
  const isWhole = async () => {
    const { postings, ledger } = await kept()
    assert.deepEqual(
      postings,
      (bank.lists.get('acc_1') ?? []).map((one) => toPosting(one, false)),
    )
    assert.equal(ledger.incompleteSinceMs, undefined)
  }
  return { folder, path, clock, bank, log, hurries, accounts, start, approve, kept, isWhole }
}
const sayings = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('debug'))

describe('Reading in', () => {
  it('reads everything from the beginning on, oldest first, in ranges Monzo accepts', async (t) => {
    const { start, approve, bank, isWhole, hurries } = await setup(t, life(1234))
    await approve(start().login)
    await isWhole()
    assert.deepEqual(
      bank.reads.map(({ from, to }) => `${from.slice(0, 10)} ${to.slice(0, 10)}`),
      [
        '2023-05-04 2024-05-02',
        '2024-05-02 2025-05-01',
        '2025-05-01 2026-04-30',
        '2026-04-30 2026-11-22',
      ],
    )
    assert.deepEqual(hurries, [300_000])
  })
  it('says so in one line at the start and one at the end', async (t) => {
    const { start, approve, log } = await setup(t, life(1234))
    await approve(start().login)
    assert.deepEqual(sayings(log.lines), [
      'info: Reading history, oldest first.',
      'info: Read history in 2 s: 1234 transactions are kept, everything since 2023-05-04 is known.',
    ])
  })
  it('tells meanwhile how far it is, by a year and a number', async (t) => {
    const { start, approve, clock } = await setup(t, life(250))
    const { login } = start()
    const seen: unknown[] = []
    const sleep = clock.sleep.bind(clock)
    clock.sleep = (forMs) => {
      seen.push(login.summary.progress)
      assert.ok(login.isReadingIn)
      return sleep(forMs)
    }
    await approve(login)
    assert.deepEqual(seen.at(-1), { year: 2026, transactions: 211 })
    const { progress, knownSinceMs, incompleteSinceMs, transactions } = login.summary
    assert.deepEqual([progress, incompleteSinceMs, transactions], [undefined, undefined, 250])
    assert.equal(knownSinceMs, ms(CREATED))
    assert.equal(login.isReadingIn, false)
  })
  it('keeps what is there when the five minutes are over, and says once what to do', async (t) => {
    const { start, approve, bank, log, kept } = await setup(t, life(4000), { replyMs: 10_000 })
    const { login } = start()
    await approve(login)
    const { ledger } = await kept()
    assert.equal(ledger.known.length, 2)
    const [old] = ledger.known
    assert.ok(
      old && old.endMs > ms('2025-06-01T00:00:00Z') && old.endMs < ms('2026-08-01T00:00:00Z'),
    )
    assert.equal(ledger.incompleteSinceMs, login.summary.incompleteSinceMs)
    assert.equal(
      new Date(login.summary.incompleteSinceMs ?? 0).toISOString().slice(0, 10),
      '2026-08-26',
    )
    const said =
      'warn: Of acc_1, everything since 2026-08-26 is known. Monzo shows what is older only in the five minutes after an approval: log in again, and it is read.'
    assert.deepEqual(sayings(log.lines).slice(2), [said])
    const before = bank.reads.length
    for (let poll = 0; poll < 5; poll++) await login.read(signal)
    assert.equal(bank.reads.length, before)
    assert.equal(log.lines.filter((line) => line === said).length, 1)
  })
  it('goes on at the first moment that is unknown, when somebody logs in again', async (t) => {
    const { start, approve, bank, isWhole, kept } = await setup(t, life(4000), { replyMs: 10_000 })
    await approve(start().login)
    const { ledger } = await kept()
    bank.reads.length = 0
    await approve(start().login)
    assert.equal(bank.reads[0]?.from, new Date(ledger.known[0]?.endMs ?? 0).toISOString())
    await isWhole()
  })
  it('reads the last 88 days at once of a login that was approved before, and says what to do', async (t) => {
    const { start, bank, log } = await setup(t, life(1000))
    const { login } = start()
    await login.read(signal)
    assert.deepEqual(
      bank.reads.map(({ from }) => from),
      ['2026-08-26T10:00:00.000Z'],
    )
    assert.deepEqual(sayings(log.lines), [
      'info: Reading the last 88 days of history.',
      'info: Read history in 0 s: 67 transactions are kept, everything since 2026-08-26 is known.',
      'warn: Of acc_1, everything since 2026-08-26 is known. Monzo shows what is older only in the five minutes after an approval: log in again, and it is read.',
    ])
  })
  it('goes on after trouble where it stopped, nothing twice', async (t) => {
    const { start, approve, bank, log, isWhole } = await setup(t, life(1234))
    const trouble = new AppError('MONZO_UNAVAILABLE', 'GET /transactions: 503', {
      hint: 'Nothing to do.',
    })
    bank.failures.push(undefined, undefined, trouble)
    const { login } = start()
    await approve(login)
    assert.equal(login.isReadingIn, false) // pots and the month have a turn
    const from = bank.reads[0]?.from ?? ''
    await login.read(signal)
    assert.ok((bank.reads[1]?.from ?? '') > from)
    await isWhole()
    assert.deepEqual(sayings(log.lines), [
      'info: Reading history, oldest first.',
      'warn: History could not be read: GET /transactions: 503. Nothing to do.',
      'info: Reading history works again.',
      'info: Read history in 2 s: 1234 transactions are kept, everything since 2023-05-04 is known.',
    ])
  })
  it('reads twenty thousand within the five minutes', async (t) => {
    const { start, approve, clock, isWhole } = await setup(t, life(20_000))
    const before = clock.elapsed()
    await approve(start().login)
    assert.ok(clock.elapsed() - before < 300_000)
    await isWhole()
  })
  it('leaves an account alone whose transactions Monzo refuses, until the accounts are read again', async (t) => {
    const { start, bank, log, accounts } = await setup(t, [])
    bank.lists.clear()
    const { login } = start()
    for (let poll = 0; poll < 5; poll++) await login.read(signal)
    assert.equal(bank.reads.length, 1)
    login.accountsRead(accounts)
    await login.read(signal)
    assert.equal(bank.reads.length, 2)
    assert.doesNotMatch(log.lines.join('\n'), /warn/)
  })
  it('reads an account that two logins see once', async (t) => {
    const { start, bank, accounts, isWhole } = await setup(t, life(300))
    const { login, join } = start()
    const other = join()
    other.accountsRead(accounts)
    bank.approve()
    for (const one of [login, other]) one.approved()
    await Promise.all([login.read(signal), other.read(signal)])
    await other.read(signal)
    assert.equal(bank.reads.length, 4)
    await isWhole()
  })
  it('stops when it is told to', async (t) => {
    const { start, bank, log } = await setup(t, life(1000))
    bank.approve()
    const { login } = start()
    login.approved()
    const stopping = new AbortController()
    const reading = login.read(stopping.signal)
    stopping.abort(new Error('stopping'))
    await reading
    assert.doesNotMatch(log.lines.join('\n'), /warn|Read /)
  })
  it('waits until the currency is known where the list of accounts has none', async (t) => {
    const { start, approve, bank, isWhole } = await setup(t, life(10), {
      account: { currency: undefined },
    })
    const { login } = start()
    await approve(login)
    assert.equal(bank.reads.length, 0)
    login.find('acc_1')?.balanceRead(500, 'GBP')
    await login.read(signal)
    await isWhole()
  })
  it('reads from the time that Monzo began where it is not told when the account did', async (t) => {
    const { start, approve, bank } = await setup(t, life(10), { account: { created: undefined } })
    await approve(start().login)
    assert.equal(bank.reads[0]?.from, '2015-02-01T00:00:00.000Z')
  })
})

describe('Staying true', () => {
  it('reads the last 88 days again once a day, and follows what changed and what is gone', async (t) => {
    const list = life(1000)
    const { start, approve, bank, clock, isWhole, kept } = await setup(t, list)
    const { login } = start()
    await approve(login)
    bank.close()
    for (let poll = 0; poll < 3; poll++) await login.read(signal)
    bank.reads.length = 0
    await clock.sleep(24 * 3_600_000)
    const at = list.length - 30
    const recategorized = { ...list[at], category: 'holidays' } as Transaction
    const settled = { ...list[at + 1], amount: -4999 } as Transaction
    bank.lists.set(
      'acc_1',
      [
        ...list.slice(0, at),
        ...[
          recategorized,
          settled,
          transaction({ created: new Date(clock.now() - 1000).toISOString() }),
        ],
        ...list.slice(at + 3),
      ].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    )
    await login.read(signal)
    await login.read(signal)
    assert.deepEqual(
      bank.reads.map(({ from }) => from.slice(0, 10)),
      ['2026-11-22', '2026-08-27'],
    )
    await isWhole()
    assert.equal((await kept()).ledger.count, 1000)
  })
  it('keeps what polls find, and forgets what they find no longer', async (t) => {
    const list = life(100)
    const { start, approve } = await setup(t, list)
    const { login, history } = start()
    await approve(login)
    const past = login.find('acc_1') ?? assert.fail('no account')
    const newest = transaction({ created: '2026-11-22T09:59:00Z', amount: -77 })
    const told = past.reading()
    told({ sinceMs: ms('2026-11-22T09:00:00Z'), postings: [toPosting(newest, true)] })
    await past.settled()
    assert.equal(past.ledger?.count, 101)
    assert.equal(
      past.ledger?.postingsIn(ALWAYS).find(({ id }) => id === newest.id)?.description,
      undefined,
    )
    past.reading()({ sinceMs: ms('2026-11-22T09:00:00Z'), postings: [] })
    await history.settled()
    assert.equal(past.ledger?.count, 100)
  })
  it('writes nothing for polls without news, but that another day is known', async (t) => {
    const { start, approve, path, clock, kept } = await setup(t, life(100))
    const { login } = start()
    await approve(login)
    const past = login.find('acc_1') ?? assert.fail('no account')
    const { size } = await stat(path)
    const sinceMs = ms('2026-11-22T00:00:00Z')
    const { postings } = await kept()
    const ofMonth = postings.filter(({ createdMs }) => createdMs > sinceMs)
    const sizes = new Set<number>()
    for (let poll = 0; poll < 24; poll++) {
      past.balanceRead(1234, 'GBP')
      past.reading()({ sinceMs, postings: ofMonth })
      await past.settled()
      await clock.sleep(3_600_000)
      sizes.add((await stat(path)).size)
    }
    // What the account held at first, once there was a balance; and the new day, after midnight.
    assert.equal(sizes.size, 3)
    assert.ok(sizes.has(size))
  })
})

describe('The balance of the past', () => {
  const setUp = async (t: TestContext) => {
    const made = await setup(t, life(10))
    const { login } = made.start()
    await made.approve(login)
    const past = login.find('acc_1') ?? assert.fail('no account')
    const known = made.bank.lists.get('acc_1') ?? []
    const poll = async (minor: number, list: readonly Transaction[] = known) => {
      past.balanceRead(minor, 'GBP')
      const sinceMs = ms('2026-11-01T00:00:00Z')
      const postings = list.map((one) => toPosting(one, false))
      past.reading()({ sinceMs, postings: postings.filter(({ createdMs }) => createdMs > sinceMs) })
      await past.settled()
    }
    const unexplained = () => login.pastsAt(made.clock.now())[0]?.unexplainedMinor
    const moved = known.reduce((sum, { amount }) => sum + amount, 0)
    return { ...made, login, past, poll, unexplained, moved, known }
  }
  it('is walked back at the first balance after reading in, if it is still the same', async (t) => {
    const made = await setup(t, life(10))
    const known = made.bank.lists.get('acc_1') ?? []
    const moved = known.reduce((sum, { amount }) => sum + amount, 0)
    const { login } = made.start()
    const past = login.find('acc_1') ?? assert.fail('no account')
    past.balanceRead(1000, 'GBP')
    await made.approve(login)
    const unexplained = () => login.pastsAt(made.clock.now())[0]?.unexplainedMinor
    past.balanceRead(1001, 'GBP') // something is under way
    await past.settled()
    assert.equal(unexplained(), undefined)
    await made.clock.sleep(86_400_000)
    await login.read(signal)
    past.balanceRead(1001, 'GBP')
    await past.settled()
    assert.equal(unexplained(), 1001 - moved)
  })
  it('is walked back once the balance was the same before and after all was read', async (t) => {
    const { poll, unexplained, moved } = await setUp(t)
    await poll(1000)
    assert.equal(unexplained(), undefined)
    await poll(1000)
    assert.equal(unexplained(), 1000 - moved)
  })
  it('is not shifted by a payment in flight', async (t) => {
    const { poll, unexplained, moved, known, clock } = await setUp(t)
    await poll(moved)
    await poll(moved)
    assert.equal(unexplained(), 0)
    const payment = transaction({ created: new Date(clock.now()).toISOString(), amount: -250 })
    await poll(moved - 250) // the balance has it already, the list not yet
    await clock.sleep(15_000)
    assert.equal(unexplained(), 0)
    await poll(moved - 250, [...known, payment])
    await poll(moved - 250, [...known, payment])
    assert.equal(unexplained(), 0)
    await poll(moved - 500, [...known, payment]) // and the other way round
    assert.equal(unexplained(), 0)
  })
  it('shows what no transaction explains, and is not hidden', async (t) => {
    const { poll, unexplained, moved } = await setUp(t)
    for (const minor of [moved, moved, moved + 300, moved + 300]) await poll(minor)
    assert.equal(unexplained(), 300)
  })
  it('is kept over a restart', async (t) => {
    const { poll, moved, start, clock } = await setUp(t)
    for (const minor of [moved - 7, moved - 7]) await poll(minor)
    const { login } = start()
    await login.read(signal)
    assert.equal(login.pastsAt(clock.now())[0]?.unexplainedMinor, -7)
  })
})

describe('Trouble with the disk', () => {
  it('is said once, and everything is kept once it is over', async (t) => {
    const { start, approve, folder, log, clock, isWhole } = await setup(t, life(300))
    await writeFile(folder, 'a file where the folder should be')
    const { login } = start()
    await approve(login)
    for (let poll = 0; poll < 3; poll++) await login.read(signal)
    assert.equal(login.summary.isFailing, true)
    assert.deepEqual(sayings(log.lines), [
      `warn: No history of acc_1 is kept: ${folder} can't be made: something else has that name (EEXIST). Name another folder with history_folder.`,
    ])
    await rm(folder)
    await clock.sleep(61_000)
    await login.read(signal)
    await isWhole()
    assert.equal(login.summary.isFailing, false)
    assert.equal(log.lines.filter((line) => line.startsWith('warn')).length, 1)
  })
  it('warns of a folder that others can write to, once, and goes on', async (t) => {
    const { start, approve, folder, log, isWhole } = await setup(t, life(300))
    await approve(start().login)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
    await chmod(folder, 0o777)
    const { login } = start()
    await login.read(signal)
    assert.match(log.lines.join('\n'), /warn: Others can write to \S+history: run `chmod 700`/)
    await isWhole()
    assert.deepEqual(await readdir(folder), ['acc_1.jsonl'])
  })
  it('costs one account only, whose file is damaged', async (t) => {
    const { start, bank, folder, log, accounts, isWhole } = await setup(t, life(300))
    bank.lists.set('acc_2', life(200))
    accounts.push({ ...accounts[0], id: 'acc_2' } as (typeof accounts)[0])
    bank.approve()
    const first = start().login
    first.approved()
    await first.read(signal)
    await isWhole()
    const other = ledgerPath(folder, 'acc_2')
    await writeFile(other, '{"version":1,"account_id":"acc_2"}\nnonsense\n')
    const { login } = start()
    await login.read(signal)
    assert.match(
      log.lines.join('\n'),
      /warn: No history of acc_2 is kept: \S+acc_2\.jsonl is damaged in line 1/,
    )
    assert.equal(login.pastsAt(ms(NOW)).length, 1)
    await isWhole()
  })
})
