import assert from 'node:assert/strict'
import {
  appendFile,
  chmod,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { Ledger } from '../../src/history/ledger.ts'
import { ledgerPath, openLedger } from '../../src/history/ledger-file.ts'
import { type LedgerLine, renderHead } from '../../src/history/ledger-lines.ts'
import { readLedger } from '../../src/history/read-ledger.ts'
import { AppError } from '../../src/lib/errors.ts'
import { createFolder } from '../fakes/world.ts'
import { anyPosting, kept, known, ms, opening, posting } from './postings.ts'

const HEAD = { accountId: 'acc_1', createdMs: ms('2024-02-10T12:00:00Z') }
const ALWAYS = { startMs: 0, endMs: ms('2100-01-01T00:00:00Z') }

async function setup(t: TestContext, ...lines: readonly LedgerLine[]) {
  const folder = await createFolder(t)
  const path = ledgerPath(folder, HEAD.accountId)
  const open = () => openLedger(folder, HEAD)
  const file = await open()
  await file.append(lines)
  const text = () => readFile(path, 'utf8')
  return { folder, path, open, file, text }
}
const contentOf = (ledger: Ledger) => ({
  postings: new Map(ledger.postingsIn(ALWAYS).map((one) => [one.id, one])),
  known: ledger.known,
  opening: ledger.opening,
})
const LINES = [
  kept(posting()),
  kept(posting({ split: [['bills', -510]] })),
  known('2024-02-10T12:00:00Z', '2026-11-22T10:00:00Z'),
  opening(-7, '2024-02-10T12:00:00Z'),
] as const

describe('The file of a ledger', () => {
  it('is there from the start, for its owner alone, and says whose it is', async (t) => {
    const { path, text } = await setup(t)
    assert.equal(await text(), renderHead(HEAD))
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })
  it('has after a restart all that was appended', async (t) => {
    const { open, file } = await setup(t, ...LINES)
    assert.deepEqual(contentOf((await open()).ledger), contentOf(file.ledger))
    assert.equal((await open()).ledger.createdMs, HEAD.createdMs)
  })
  it('keeps its first idea of when the account began', async (t) => {
    const { folder } = await setup(t)
    const again = await openLedger(folder, { ...HEAD, createdMs: 0 })
    assert.equal(again.ledger.createdMs, HEAD.createdMs)
  })
  it('loses only the line that was cut off, wherever that happened, and goes on', async (t) => {
    const { path, open, text } = await setup(t, ...LINES)
    const whole = await text()
    const cuts = fc.integer({ min: 0, max: whole.length })
    await fc.assert(
      fc.asyncProperty(cuts, async (bytes) => {
        await writeFile(path, whole)
        await truncate(path, bytes)
        const file = await open()
        const left = whole.slice(0, bytes).split('\n').length - 1
        const rest = LINES.slice(Math.max(0, left - 1))
        await file.append(rest)
        assert.equal(await text(), whole)
        assert.equal((await open()).ledger.count, 2)
      }),
      { numRuns: 60 },
    )
  })
  it('is written anew when more than half of it is superseded, and says the same then', async (t) => {
    const one = posting()
    const { file, open, text } = await setup(t, ...LINES)
    for (let n = 0; n < 300; n++) await file.append([kept({ ...one, amountMinor: -n })])
    const lines = (await text()).split('\n').length
    assert.ok(lines < 250, `${lines} lines`)
    assert.deepEqual(contentOf((await open()).ledger), contentOf(file.ledger))
    assert.equal(
      (await open()).ledger.postingsIn(ALWAYS).find(({ id }) => id === one.id)?.amountMinor,
      -299,
    )
  })
  it('comes back from any list of changes as it was, written anew or not', async (t) => {
    const folder = await createFolder(t)
    const ids = fc.constantFrom('tx_1', 'tx_2', 'tx_3')
    const line: fc.Arbitrary<LedgerLine> = fc.oneof(
      fc
        .tuple(ids, anyPosting('2026-10-01T00:00:00Z', '2026-11-30T00:00:00Z'))
        .map(([id, one]) =>
          kept({ ...one, id, createdMs: ms(`2026-1${id.slice(-1)}-05T00:00:00Z`) || 0 }),
        ),
      ids.map((id) => ({ kind: 'gone', id }) as const),
      fc.constant(known('2024-02-10T12:00:00Z', '2026-11-22T10:00:00Z')),
    )
    let account = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(line, { maxLength: 80 }), { maxLength: 5 }),
        async (batches) => {
          const head = { ...HEAD, accountId: `acc_${++account}` }
          const file = await openLedger(folder, head)
          for (const batch of batches) await file.append(batch)
          const again = await openLedger(folder, head)
          assert.deepEqual(contentOf(again.ledger), contentOf(file.ledger))
        },
      ),
      { numRuns: 20 },
    )
  })
  it('is made anew when somebody removes it, or a part of it, while it is used', async (t) => {
    const { path, file, open, text } = await setup(t, ...LINES)
    await rm(path)
    await file.append([kept(posting())])
    assert.equal((await open()).ledger.count, 3)
    await truncate(path, 100)
    await file.append([kept(posting())])
    assert.equal((await open()).ledger.count, 4)
    assert.ok((await text()).startsWith(renderHead(HEAD)))
  })
  it('drops what an append that failed has left behind', async (t) => {
    const { path, file, open } = await setup(t, ...LINES)
    await appendFile(path, '{"id":"tx_half')
    await file.append([kept(posting())])
    assert.equal((await open()).ledger.count, 3)
  })
  it('is for its owner alone again after somebody has changed that', async (t) => {
    const { path, file } = await setup(t)
    await chmod(path, 0o644)
    await file.append(LINES)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })
  it('may begin with a byte-order mark', async (t) => {
    const { path, open, text } = await setup(t, ...LINES)
    await writeFile(path, `\uFEFF${await text()}`)
    const file = await open()
    await file.append([kept(posting())])
    assert.equal((await open()).ledger.count, 3)
  })
  it('has a name in its folder, whatever the id of the account', async (t) => {
    const folder = await createFolder(t)
    assert.equal(ledgerPath('/h', '../tokens.json'), '/h/..%2Ftokens.json.jsonl')
    const file = await openLedger(folder, { ...HEAD, accountId: 'a/b' })
    await file.append(LINES)
    assert.equal((await readLedger(join(folder, 'a%2Fb.jsonl')))?.ledger.count, 2)
  })
})

describe('A file that is no ledger of the account', () => {
  const cases: [
    what: string,
    spoil: (path: string, text: string) => Promise<unknown>,
    error: RegExp,
  ][] = [
    [
      'damaged in the middle',
      (path, text) => writeFile(path, text.replace('"amount":-510', '"amount":"lots"')),
      /acc_1\.jsonl is damaged in line 2 \| Put a copy in its place, or move it away: /,
    ],
    [
      'something else',
      (path) => writeFile(path, 'hello\n'),
      /acc_1\.jsonl is damaged in line 1, or no history of this program \| /,
    ],
    [
      'of a newer version',
      (path, text) => writeFile(path, text.replace('"version":1', '"version":2')),
      /acc_1\.jsonl was written by a newer version of this program \(its version is 2, we know 1\) \| Run that version again/,
    ],
    [
      'of another account',
      (path, text) => writeFile(path, text.replace('acc_1', 'acc_2')),
      /acc_1\.jsonl is the history of another account \(acc_2\) \| /,
    ],
    [
      'a link to somewhere else',
      async (path) => {
        await rename(path, `${path}.elsewhere`)
        await symlink(`${path}.elsewhere`, path)
      },
      /acc_1\.jsonl can't be read: it is a symbolic link \(ELOOP\) \| Make it a file/,
    ],
    [
      'a folder',
      async (path) => {
        await rm(path)
        await mkdir(path)
      },
      /acc_1\.jsonl can't be read: .*\((?:EPERM|EISDIR)\) \| Make it a file/,
    ],
  ]
  for (const [what, spoil, error] of cases)
    it(`is named and left alone: one that is ${what}`, async (t) => {
      const { path, open, text, folder } = await setup(t, ...LINES)
      await spoil(path, await text())
      const before = await text().catch(() => undefined)
      await assert.rejects(open, (thrown: unknown) => {
        assert.ok(thrown instanceof AppError)
        assert.match(`${thrown.message} | ${thrown.hint}`, error)
        return true
      })
      assert.equal(await text().catch(() => undefined), before)
      assert.ok(!(await stat(join(folder, 'acc_1.jsonl.new')).catch(() => undefined)))
    })
  it('cannot be begun where there is no folder, or none that may be written to', async (t) => {
    const folder = await createFolder(t)
    await assert.rejects(openLedger(join(folder, 'none'), HEAD), {
      code: 'HISTORY_UNWRITABLE',
      message: /acc_1\.jsonl can't be written: there is no such file or folder \(ENOENT\)$/,
      hint: /^Make the folder .*none, which does not exist; it tries again by itself/,
    })
  })
})
