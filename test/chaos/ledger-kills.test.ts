import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { ledgerPath, openLedger } from '../../src/history/ledger-file.ts'
import { createFolder } from '../fakes/world.ts'
import { bundle } from './bundle.ts'
import { startNode } from './child.ts'
import { hasStrace } from './inject.ts'
import type { LedgerKeeperOptions } from './ledger-keeper.ts'

const ACCOUNT = 'acc_1'
const COUNT = 120 // more than the fewest superseded lines for which a file is written anew
const ROUNDS = 8 // in every second one it is written anew
const ALWAYS = { startMs: 0, endMs: Number.POSITIVE_INFINITY }

/** What the keeper calls when it writes. */
const SYSCALLS = ['write', 'fdatasync', 'fsync', 'rename']

for (const syscall of SYSCALLS)
  it(`keeps every transaction, killed at any ${syscall} while the file is written anew`, async (t) => {
    if (!hasStrace(t)) return
    const program = await bundle('test/chaos/ledger-keeper.ts')
    let kills = 0
    for (let isDone = false, when = 1; !isDone; when++) {
      const folder = join(await createFolder(t), 'history')
      await mkdir(folder, { mode: 0o700 })
      const options = { folder, accountId: ACCOUNT, count: COUNT, rounds: ROUNDS }
      const paths = [folder, ledgerPath(folder, ACCOUNT), `${ledgerPath(folder, ACCOUNT)}.new`]
      const inject = ['-e', `inject=${syscall}:signal=SIGKILL:when=${when}`]
      const only = paths.flatMap((path) => ['-P', path])
      const keeper = startNode(
        t,
        [program, JSON.stringify(options satisfies LedgerKeeperOptions)],
        { through: ['strace', '-f', '-qq', '-o', '/dev/null', ...only, ...inject] },
      )
      await keeper.ended
      const rounds = keeper.output().match(/round/g)?.length ?? 0
      isDone = keeper.output().includes('done')
      if (!isDone) kills++

      // What the next start sees: each transaction once, as the last whole round left it, or newer.
      const { ledger } = await openLedger(folder, { accountId: ACCOUNT, createdMs: 0 })
      const amounts = ledger.postingsIn(ALWAYS).map(({ amountMinor }) => -amountMinor)
      const where = `${syscall} ${when}, after ${rounds} rounds`
      if (rounds > 0) assert.equal(amounts.length, COUNT, where)
      assert.ok(
        amounts.every((round) => round >= rounds && round <= rounds + 1),
        where,
      )
      assert.deepEqual(await readdir(folder), [`${ACCOUNT}.jsonl`], where)
    }
    t.diagnostic(`${kills} kills`)
    assert.ok(kills >= ROUNDS / 2, `only ${kills} kills`)
  })
