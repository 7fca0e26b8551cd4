import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { parseExposition } from '../metrics/parse-exposition.ts'
import { type ExporterOptions, setUp } from './harness.ts'

export const MINUTE_MS = 60_000
export const POLL_MS = 15_000

/** One account that only does what the test makes it do, and an exporter that follows it. */
export async function setUpQuiet(t: TestContext, options: ExporterOptions = {}) {
  const exporter = await setUp(t, options)
  const { sandbox, clock, stats } = exporter
  const sam = sandbox.bank.findPerson('sam@example.com') ?? assert.fail()
  const { id: account } = sandbox.bank.addAccount({
    ownerIds: [sam.id],
    type: 'uk_retail',
    label: 'quiet',
    balanceMinor: 100_000,
  })
  await exporter.connect()
  let leaptMs = 0
  const series = async (name: string, label: string) =>
    Object.fromEntries(
      parseExposition(Buffer.from(await stats()))
        .filter((one) => one.name === name && one.labels['account_id'] === account)
        .map(({ labels, value }) => [labels[label] ?? '', value]),
    )
  return {
    ...exporter,
    account,
    pay: (amountMinor: number, told: object = {}) =>
      sandbox.bank.addTransaction(account, { amountMinor, ...told }),
    poll: () => clock.advance(POLL_MS),
    /** Lets time pass without polls, as in a laptop's sleep, until shortly before this moment. */
    async leapTo(time: string) {
      const ms = Date.parse(time) - clock.now() - leaptMs - 2 * MINUTE_MS
      leaptMs += ms
      exporter.stepClock(ms)
      sandbox.advance(ms)
      await clock.advance(2 * MINUTE_MS)
    },
    today: () => series('monzo_category_spent_today', 'category'),
    month: () => series('monzo_category_spent_month', 'category'),
    outcomes: () => series('monzo_transactions_month', 'outcome'),
    received: async () => (await series('monzo_received_month', 'currency'))['GBP'],
    lastAt: async () =>
      Object.values(await series('monzo_last_transaction_timestamp_seconds', ''))[0],
  }
}
