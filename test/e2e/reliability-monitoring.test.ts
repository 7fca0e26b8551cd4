import assert from 'node:assert/strict'
import { it } from 'node:test'
import { EXAMPLES } from '../../scripts/metric-examples.ts'
import { asSent, QUERIES } from '../deploy/boards.ts'
import { startMonitoring } from '../deploy/monitoring.ts'
import { RECORDINGS } from '../deploy/rule-files.ts'
import { freePort } from '../fakes/free-port.ts'
import { eventually, setUp } from './harness.ts'

it('feeds a real Prometheus, all dashboards on it, and a real Alertmanager', async (t) => {
  const exporter = await setUp(t, { settings: { webhooks: 'true', history: 'true' } })
  const { sandbox, clock, account } = exporter
  const { ownerIds = [] } = sandbox.bank.findAccount(account) ?? {}
  sandbox.bank.addAccount({ ownerIds, currency: 'EUR', type: 'uk_retail' })
  sandbox.bank.addTransaction(account, { amountMinor: -1234, category: 'groceries' })
  await exporter.connect()
  sandbox.addFault({ kind: 'wrong_types', endpoint: '/pots' })
  sandbox.addFault({ kind: 'status', endpoint: '/balance', status: 404 })
  await clock.advance(15_000)
  await exporter.matches(/^monzo_poll_failures_total/m)

  const nobody = `127.0.0.1:${await freePort()}`
  const monitoring = await startMonitoring(t, [new URL(exporter.origin).host, nobody])
  if (!monitoring) return

  await t.test(
    'every query of every panel returns data, with all that its legend names',
    async () => {
      const isOfThePast = ({ where, expr }: (typeof QUERIES)[number]) =>
        where.startsWith('Monzo history: ') || expr.includes('offset') // a month ago
      let missing = QUERIES.filter((query) => !isOfThePast(query)) // history-dashboard.test.ts has it
      await eventually(async () => {
        await clock.advance(15_000)
        const found = await Promise.all(missing.map(({ expr }) => monitoring.query(asSent(expr))))
        missing = missing.filter(({ legendFormat }, index) => {
          const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(
            ([, label]) => label ?? '',
          )
          return !found[index]?.some(({ metric }) => labels.every((label) => metric[label]))
        })
        assert.deepEqual(
          missing.map(({ where, expr }) => `${where}: ${expr}`),
          [],
        )
      })
    },
  )
  await t.test('every query of the reference, and every recording, returns data', async () => {
    const queries = Object.values(EXAMPLES).map(({ query }) => query)
    for (const query of [...queries, ...RECORDINGS.map(({ record }) => record)])
      await eventually(async () => {
        await clock.advance(15_000)
        assert.notDeepEqual(await monitoring.query(query), [], query)
      })
  })
  await t.test('an exporter that is down is told to the receiver, in a sentence', async () => {
    const ofNobody = () => monitoring.notices.filter(({ labels }) => labels['instance'] === nobody)
    await eventually(() => assert.notDeepEqual(ofNobody(), []))
    assert.deepEqual(
      ofNobody().map(({ status, labels }) => `${status} ${labels['alertname']}`),
      ['firing MonzoExporterDown'],
    )
    assert.deepEqual(ofNobody()[0]?.annotations, {
      summary: "Prometheus can't scrape the Monzo exporter.",
      description: `The exporter at ${nobody} has not answered for five minutes. No balances are recorded.`,
      runbook_url: 'docs/alerts/MonzoExporterDown.md',
    })
  })
  await monitoring.stop()
})
