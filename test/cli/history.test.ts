import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { ledgerPath, openLedger } from '../../src/history/ledger-file.ts'
import type { LedgerLine } from '../../src/history/ledger-lines.ts'
import { takeTokensLock } from '../../src/tokens/tokens-lock.ts'
import { FakeClock } from '../fakes/clock.ts'
import { createContext } from '../fakes/context.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { quietDisk } from '../fakes/quiet-disk.ts'
import { kept, known, ms, opening, posting } from '../history/postings.ts'

const NOW = '2026-11-22T10:00:00Z'
const CREATED = '2026-03-28T12:00:00Z'
const ACCOUNT = 'acc_0000A'

type Accounts = Readonly<Record<string, readonly LedgerLine[]>>

/** A folder in which these accounts' history is kept. */
async function setup(t: TestContext, args: readonly string[], accounts: Accounts, config = '') {
  const { context, ...process } = await createContext(t, ['history', ...args], {
    'config.toml': config,
  })
  const folder = join(process.cwd, 'history')
  await mkdir(folder, { mode: 0o700 })
  for (const [accountId, lines] of Object.entries(accounts)) {
    const file = await openLedger(folder, { accountId, createdMs: ms(CREATED) })
    await file.append(lines)
  }
  const code = () => run({ ...context, clock: new FakeClock(NOW) })
  return { ...process, context, folder, code, path: ledgerPath(folder, ACCOUNT) }
}

/** The clock is set forward on the 29th. */
const SPRING: readonly LedgerLine[] = [
  kept(posting({ createdMs: ms('2026-03-28T12:00:00Z'), amountMinor: 5000, isInSpending: false })),
  kept(posting({ createdMs: ms('2026-03-29T22:59:59Z'), amountMinor: -1005 })),
  kept(
    posting({ createdMs: ms('2026-03-29T23:00:00Z'), amountMinor: -1, category: 'say "bills"' }),
  ),
  known(CREATED, '2026-03-30T23:00:00Z'),
  opening(100, CREATED),
]

describe('history export', () => {
  it('writes a point for every day that is over, at its last second in London', async (t) => {
    const { code, stdout, stderr } = await setup(t, ['export'], { [ACCOUNT]: SPRING })
    assert.equal(await code(), 0, stderr())
    assert.equal(stderr(), '')
    const money = `{job="monzo",account_id="${ACCOUNT}",currency="GBP"`
    assert.equal(
      stdout(),
      `# HELP monzo_history_balance The balance when the day ended in London, in major units of the currency.
# TYPE monzo_history_balance gauge
monzo_history_balance${money}} 51 1774742399
monzo_history_balance${money}} 40.95 1774825199
monzo_history_balance${money}} 40.94 1774911599
# HELP monzo_history_category_spent_day Spent in a category on that day in London, less refunds, in major units of the currency.
# TYPE monzo_history_category_spent_day gauge
monzo_history_category_spent_day${money},category="eating_out"} 10.05 1774825199
monzo_history_category_spent_day${money},category="say \\"bills\\""} 0.01 1774911599
# HELP monzo_history_received_day Received on that day in London, moves out of pots left out, in major units of the currency.
# TYPE monzo_history_received_day gauge
monzo_history_received_day${money}} 50 1774742399
monzo_history_received_day${money}} 0 1774825199
monzo_history_received_day${money}} 0 1774911599
# EOF
`,
    )
    assert.equal(new Date(1774742399_000).toISOString(), '2026-03-28T23:59:59.000Z')
    assert.equal(new Date(1774825199_000).toISOString(), '2026-03-29T22:59:59.000Z')
  })
  it('has the names that people give to categories, and adds up those of one name', async (t) => {
    const names = '[category_names]\neating_out = "fun"\ncategory_0000Bills = "fun"\ncash = "x"\n'
    const sameDay = [
      kept(posting({ createdMs: ms('2026-03-29T10:00:00Z'), amountMinor: -1005 })),
      kept(
        posting({
          createdMs: ms('2026-03-29T11:00:00Z'),
          amountMinor: -1,
          category: 'category_0000Bills',
        }),
      ),
      known(CREATED, '2026-03-30T23:00:00Z'),
    ]
    const { code, stdout, stderr } = await setup(t, ['export'], { [ACCOUNT]: sameDay }, names)
    assert.equal(await code(), 0, stderr())
    assert.deepEqual(stdout().match(/category=.*/g), ['category="fun"} 10.06 1774825199'])
  })
  it('has milliseconds and no end for VictoriaMetrics', async (t) => {
    const args = ['export', '--format', 'prometheus']
    const { code, stdout } = await setup(t, args, { [ACCOUNT]: SPRING })
    assert.equal(await code(), 0)
    assert.match(stdout(), /^monzo_history_balance\{.*\} 51 1774742399000$/m)
    assert.doesNotMatch(stdout(), /EOF/)
  })
  it('writes the days from one to another, both included', async (t) => {
    const args = ['export', '--from=2026-03-29', '--to=2026-03-29']
    const { code, stdout } = await setup(t, args, { [ACCOUNT]: SPRING })
    assert.equal(await code(), 0)
    const times = [...stdout().matchAll(/ (\d{10})$/gm)].map(([, time]) => time)
    assert.deepEqual(times, ['1774825199', '1774825199', '1774825199'])
  })
  it('adds the labels it is told to every series, and drops the job if that is empty', async (t) => {
    const args = ['export', '--label', 'job=', '--label', 'instance=my "home"', '--label', 'x=a=b']
    const { code, stdout } = await setup(t, args, { [ACCOUNT]: SPRING })
    assert.equal(await code(), 0)
    assert.match(
      stdout(),
      /^monzo_history_balance\{instance="my \\"home\\"",x="a=b",account_id="acc_0000A",currency="GBP"\} 51 /m,
    )
  })
  it('keeps the series of a metric together, whatever accounts there are', async (t) => {
    const accounts = { acc_0000B: SPRING, [ACCOUNT]: SPRING }
    const { code, stdout } = await setup(t, ['export'], accounts)
    assert.equal(await code(), 0)
    const names = [...stdout().matchAll(/^(\w+)\{.*account_id="(\w+)"/gm)]
    const families = names.map(([, name]) => name)
    assert.equal(new Set(families).size, 3)
    assert.equal(families.filter((name, n) => name !== families[n - 1]).length, 3)
    assert.equal(names.filter(([, , id]) => id === ACCOUNT).length, names.length / 2)
  })
  it('says nothing of a balance that cannot be walked back', async (t) => {
    const accounts = { [ACCOUNT]: SPRING.slice(0, -1) }
    const { code, stdout } = await setup(t, ['export'], accounts)
    assert.equal(await code(), 0)
    assert.doesNotMatch(stdout(), /^monzo_history_balance/m)
    assert.match(stdout(), /^monzo_history_received_day\{.*\} 50 /m)
  })
  it('writes a file for its owner alone', async (t) => {
    const args = ['export', '--output', 'past.txt']
    const { code, cwd, stdout } = await setup(t, args, { [ACCOUNT]: SPRING })
    assert.equal(await code(), 0)
    assert.equal(stdout(), '')
    assert.match(await readFile(join(cwd, 'past.txt'), 'utf8'), /\n# EOF\n$/)
    assert.equal((await stat(join(cwd, 'past.txt'))).mode & 0o777, 0o600)
  })
  it('replaces a file only when it is told to', async (t) => {
    const args = ['export', '--output', 'past.txt']
    const { code, cwd, stderr, context } = await setup(t, args, { [ACCOUNT]: SPRING })
    await writeFile(join(cwd, 'past.txt'), 'mine')
    assert.equal(await code(), 1)
    assert.match(stderr(), /^error: \S+past\.txt exists already\.\nhint: .*--force\.\n$/)
    assert.equal(await readFile(join(cwd, 'past.txt'), 'utf8'), 'mine')
    const forced = { ...context, args: [...context.args, '--force'], clock: new FakeClock(NOW) }
    assert.equal(await run(forced), 0)
    assert.match(await readFile(join(cwd, 'past.txt'), 'utf8'), /^# HELP/)
    assert.deepEqual(
      (await readdir(cwd)).filter((name) => name.startsWith('past.txt')),
      ['past.txt'],
    )
  })
  it('keeps the file that it is to replace until the new one is whole', async (t) => {
    const args = ['export', '--output=past.txt', '--force']
    const { code, cwd, stderr } = await setup(t, args, { [ACCOUNT]: SPRING })
    await writeFile(join(cwd, 'past.txt'), 'mine')
    await mkdir(join(cwd, 'past.txt.part')) // as good as a full disk
    assert.equal(await code(), 1)
    assert.match(stderr(), /past\.txt can't be written: /)
    assert.equal(await readFile(join(cwd, 'past.txt'), 'utf8'), 'mine')
  })
  it('only reads', async (t) => {
    const { code, folder, path } = await setup(t, ['export'], { [ACCOUNT]: SPRING })
    const before = await readFile(path)
    await writeFile(path, Buffer.concat([before, Buffer.from('{"id":"tx_cut')]))
    assert.equal(await code(), 0)
    assert.match(await readFile(path, 'utf8'), /tx_cut$/)
    assert.deepEqual(await readdir(folder), [`${ACCOUNT}.jsonl`])
  })
  it('leaves out a damaged file, names it, and exits 1', async (t) => {
    const accounts = { acc_0000B: SPRING, [ACCOUNT]: SPRING }
    const { code, path, stdout, stderr } = await setup(t, ['export'], accounts)
    await writeFile(path, 'hello\nyou\n')
    assert.equal(await code(), 1)
    assert.match(stderr(), /^error: \S+acc_0000A\.jsonl is damaged in line 1.*\nhint: Put a copy/)
    assert.match(stdout(), /account_id="acc_0000B"/)
    assert.match(stdout(), /# EOF\n$/)
  })

  const usage: [args: string[], said: string][] = [
    [['--from', '2026-03-30', '--to', '2026-03-29'], 'error: --from is after --to\nhint: '],
    [['--from', 'yesterday'], 'error: --from is no day\nhint: Write it as year-month-day'],
    [['--to', '2026-02-30'], 'error: --to is no day\nhint: '],
    [['--to', '2026-02-3'], 'error: --to is no day\nhint: '],
    [['--label', 'monzo'], 'error: --label is not name=value\nhint: '],
    [['--label', 'a-b=c'], 'error: --label is not name=value\nhint: '],
    [['--label', '__name__=c'], 'error: --label is not name=value\nhint: '],
    [['--label', 'currency=EUR'], "error: --label can't set currency"],
    [['--format', 'csv'], 'error: --format is one of openmetrics, prometheus\nhint: '],
    [['--form', 'csv'], "error: unknown option '--form'"],
  ]
  for (const [args, said] of usage)
    it(`refuses in a sentence, with exit code 64: ${args.join(' ')}`, async (t) => {
      const { code, stdout, stderr } = await setup(t, ['export', ...args], { [ACCOUNT]: SPRING })
      assert.equal(await code(), 64)
      assert.ok(stderr().startsWith(said), stderr())
      assert.equal(stdout(), '')
    })

  it('says when none of the days is there', async (t) => {
    const args = ['export', '--from', '2026-03-31']
    const { code, stdout, stderr } = await setup(t, args, { [ACCOUNT]: SPRING })
    assert.equal(await code(), 1)
    assert.equal(stdout(), '')
    assert.match(
      stderr(),
      /^error: Of these days none is over.*\nhint: Run `monzo-exporter history status`/,
    )
  })
  for (const command of ['export', 'status', 'forget']) {
    it(`says how to begin when nothing is kept: ${command}`, async (t) => {
      const { code, stderr } = await setup(t, [command], {})
      assert.equal(await code(), 1)
      assert.match(
        stderr(),
        /^error: No history is kept in \S+history yet\.\nhint: Set history = true, start/,
      )
    })
    it(`looks where history_folder says: ${command}`, async (t) => {
      const config = 'history = true\nhistory_folder = "elsewhere"\n'
      const { code, stderr } = await setup(t, [command], { [ACCOUNT]: SPRING }, config)
      assert.equal(await code(), 1)
      assert.match(
        stderr(),
        /^error: No history is kept in \S+elsewhere yet\.\nhint: Start the exporter, log in/,
      )
    })
    it(`says when the folder is none: ${command}`, async (t) => {
      const { code, cwd, stderr } = await setup(t, [command, '--history-folder=file'], {})
      await writeFile(join(cwd, 'file'), '')
      const exit = await code()
      assert.match(stderr(), /^error: \S+file can't be read: .*\(ENOTDIR\)\nhint: .*history_folder/)
      assert.equal(exit, 78)
    })
  }
})

describe('history status', () => {
  const cases: [title: string, lines: readonly LedgerLine[], said: string][] = [
    [
      'everything is known',
      [...SPRING, known(CREATED, NOW)],
      `${ACCOUNT}: 3 transactions; everything from 2026-03-28 to 2026-11-22 is known.`,
    ],
    [
      'the five minutes were too short',
      [known(CREATED, '2026-05-02T10:00:00Z'), known('2026-08-26T10:00:00Z', NOW), kept(posting())],
      `${ACCOUNT}: 1 transaction; everything from 2026-08-26 to 2026-11-22 is known. Missing: 2026-05-02 to 2026-08-26, which Monzo shows only in the five minutes after an approval: log in again, and it is read.`,
    ],
    [
      'it was off for days',
      [known(CREATED, '2026-11-02T10:00:00Z'), known('2026-11-20T10:00:00Z', NOW)],
      `${ACCOUNT}: 0 transactions; everything from 2026-11-20 to 2026-11-22 is known. Missing: 2026-11-02 to 2026-11-20, which the exporter reads when it runs next.`,
    ],
    ['nothing is', [], `${ACCOUNT}: 0 transactions; nothing is wholly known yet.`],
  ]
  for (const [title, lines, said] of cases)
    it(`says since when, how many, what is missing and why: ${title}`, async (t) => {
      const { code, stdout, stderr } = await setup(t, ['status'], { [ACCOUNT]: lines })
      assert.equal(await code(), 0, stderr())
      assert.equal(stdout(), `${said}\n`)
    })
  it('names a file that is damaged, and tells of the others', async (t) => {
    const { code, path, stdout, stderr } = await setup(t, ['status'], {
      ...{ acc_0000B: SPRING, [ACCOUNT]: SPRING },
    })
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"amount":-1005', '"amount":'))
    assert.equal(await code(), 1)
    assert.match(stdout(), /^acc_0000B: 3 transactions; .*\n$/)
    assert.match(stderr(), /^error: \S+acc_0000A\.jsonl is damaged in line 3\nhint: /)
  })
})

describe('history forget', () => {
  it('deletes everything, the folder too', async (t) => {
    const accounts = { acc_0000B: SPRING, [ACCOUNT]: SPRING }
    const { code, cwd, stdout } = await setup(t, ['forget'], accounts)
    assert.equal(await code(), 0)
    assert.equal(stdout(), 'Forgot the history of acc_0000A.\nForgot the history of acc_0000B.\n')
    assert.ok(!(await readdir(cwd)).includes('history'))
  })
  it('deletes one account, damaged or not', async (t) => {
    const accounts = { acc_0000B: SPRING, [ACCOUNT]: SPRING }
    const { code, path, folder } = await setup(t, ['forget', '--account', ACCOUNT], accounts)
    await writeFile(path, 'hello\n')
    assert.equal(await code(), 0)
    assert.deepEqual(await readdir(folder), ['acc_0000B.jsonl'])
  })
  it('says when there is nothing of that account', async (t) => {
    const { code, stderr, folder } = await setup(t, ['forget', '--account=acc_0000C'], {
      [ACCOUNT]: SPRING,
    })
    assert.equal(await code(), 1)
    assert.match(stderr(), /^error: No history of that account is kept in \S+history\.\nhint: /)
    assert.equal((await readdir(folder)).length, 1)
  })
  it('does nothing while an exporter runs, and exits 75', async (t) => {
    const { context, cwd, stderr, folder } = await setup(t, ['forget'], { [ACCOUNT]: SPRING })
    const path = join(cwd, 'tokens.json')
    const clock = new DrivenClock() // of both: the lock is marked while the other one waits
    clock.idle = quietDisk
    const told = { onChange: () => {}, onWait: () => {} }
    const holder = { path, clock, pid: 1, host: 'there', id: 'one', ...told }
    const lock = await takeTokensLock(holder)
    t.after(() => lock.release())
    assert.equal(await clock.until(run({ ...context, clock }), 250), 75)
    assert.match(stderr(), /held by another instance.*\nhint: Stop the exporter first, then forget/)
    assert.equal((await readdir(folder)).length, 1)
  })
})
