import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { eventually } from '../e2e/harness.ts'
import { keepHistory } from '../e2e/keep-history.ts'
import { tinyDisk } from './mounts.ts'

const POLL_MS = 15_000
const PAYMENTS = 60
const DISK_BYTES = 8 * 1024 * 1024

type Disk = NonNullable<Awaited<ReturnType<typeof tinyDisk>>>

interface Trouble {
  readonly name: string
  readonly said: RegExp
  begin(disk: Disk): void
  end(disk: Disk): Promise<void> | void
}

const TROUBLES: readonly Trouble[] = [
  {
    name: 'is full',
    said: /the disk is full \(ENOSPC\)\. Make room/,
    begin: (disk) => disk.fill(),
    end: (disk) => disk.empty(),
  },
  {
    name: 'is read-only',
    said: /the file system is read-only \(EROFS\)/,
    begin: (disk) => disk.remount('ro'),
    end: (disk) => disk.remount('rw'),
  },
]

/** An exporter whose history, and nothing else, is on a small disk of its own. */
async function setup(t: TestContext) {
  const disk = await tinyDisk(t, DISK_BYTES)
  if (!disk) return undefined
  const start = () => keepHistory(t, { settings: { history_folder: join(disk.folder, 'history') } })
  return { disk, start }
}

describe('A running exporter whose history is on a disk that', () => {
  for (const { name, said, begin, end } of TROUBLES) {
    it(`${name} when a person logs in loses only history, says so once, and reads it in when that is over`, async (t) => {
      const s = await setup(t)
      if (!s) return
      begin(s.disk)
      const exporter = await s.start()
      await exporter.connect()
      await exporter.clock.advance(4 * POLL_MS)
      await exporter.shows('monzo_up', 1)
      await exporter.shows('monzo_tokens_persisted', 1)
      await exporter.matches(/^monzo_transactions_month\{/m)
      assert.doesNotMatch(await exporter.stats(), /^monzo_history_transactions/m)
      const accounts = await exporter.accounts()
      const complaints = exporter.said(/^warn.*No history of/)
      assert.equal(complaints.length, accounts.length, complaints.join('\n'))
      for (const complaint of complaints) assert.match(complaint, said)

      await end(s.disk)
      await exporter.clock.advance(8 * POLL_MS)
      await exporter.isRead()
      for (const id of accounts) await exporter.isInBooks(id)
      await exporter.clock.advance(4 * POLL_MS)
      for (const id of accounts) await exporter.areMonthsInBooks(id)
      assert.equal(exporter.said(/is kept again/).length, accounts.length)
    })
    it(`${name} later on keeps what it has, and adds what was missed`, async (t) => {
      const s = await setup(t)
      if (!s) return
      const exporter = await s.start()
      await exporter.connect()
      await exporter.isRead()
      await exporter.clock.advance(4 * POLL_MS)
      begin(s.disk)
      const id = exporter.account
      // More than the room that is left in the last page of the file.
      for (let n = 0; n < PAYMENTS; n++)
        exporter.sandbox.bank.addTransaction(id, { amountMinor: -4321 - n })
      await exporter.clock.advance(8 * POLL_MS)
      await exporter.shows('monzo_up', 1)
      await exporter.matches(/^monzo_history_transactions\{/m)
      const [complaint = '', ...more] = exporter.said(/^warn.*No history of/)
      assert.match(complaint, said)
      assert.deepEqual(more, [])

      await end(s.disk)
      await exporter.clock.advance(8 * POLL_MS)
      await eventually(() => assert.equal(exporter.said(/is kept again/).length, 1))
      await exporter.isInBooks(id)
      assert.match(await exporter.fileOf(id), /"amount":-4321/)
    })
  }
})
