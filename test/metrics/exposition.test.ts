import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { renderExposition } from '../../src/metrics/exposition.ts'
import { createMeters } from '../../src/metrics/meters.ts'
import type { Snapshot } from '../../src/readings/snapshot.ts'
import { parseExposition } from './parse-exposition.ts'
import { ACCOUNT, BUILD, EMPTY, FULL, LOGIN } from './readings.ts'

const setup = (snapshot: Snapshot) => {
  const meters = createMeters(BUILD)
  return { meters, render: () => renderExposition(snapshot, meters.registries) }
}

it('renders all there is to say, and money in pounds', async () => {
  const { meters, render } = setup(FULL)
  meters.apiRequest({ endpoint: '/balance', code: '200', seconds: 0.2 })
  meters.apiRequest({ endpoint: '/balance', code: 'timeout', seconds: 10.5 })
  meters.polled({ seconds: 45 })
  meters.pollFailed({ reason: 'monzo_unavailable' })
  meters.tokenRefreshed({ outcome: 'withheld' })
  meters.unreadableRecord({ endpoint: '/pots' })
  const { text } = await render()
  assert.equal(text.contentType, 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(text.plain.toString(), readFileSync('test/metrics/exposition.golden.txt', 'utf8'))
  assert.deepEqual(gunzipSync(text.gzip), text.plain)
})
it('renders the same in OpenMetrics, whose counters keep `_total` in their samples', async () => {
  const { meters, render } = setup(FULL)
  meters.pollFailed({ reason: 'monzo_unavailable' })
  const { text, openMetrics } = await render()
  const { contentType, plain, gzip } = openMetrics
  assert.equal(contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  const lines = text.plain.toString().trimEnd().split(/\n+/)
  const asOpenMetrics = lines.map((line) => line.replace(/^(# \w+ \w+)_total /, '$1 '))
  assert.equal(plain.toString(), [...asOpenMetrics, '# EOF', ''].join('\n'))
  assert.match(plain.toString(), /^monzo_poll_failures_total\{reason="monzo_unavailable"\} 1$/m)
  assert.deepEqual(gunzipSync(gzip), plain)
})
it('renders the same again: counters are neither renamed nor counted twice', async () => {
  const { meters, render } = setup(FULL)
  meters.pollFailed({ reason: 'monzo_unavailable' })
  const first = await render()
  const [second, third] = await Promise.all([render(), render()])
  assert.deepEqual(second, first)
  assert.deepEqual(third, first)
})
it('names nothing that is unknown: without a login no balance, and no 0 in its place', async () => {
  const { text } = await setup(EMPTY).render()
  const names = text.plain.toString().match(/(?<=^# TYPE )\w+/gm)
  assert.deepEqual(names, [
    'monzo_up',
    'monzo_login_state',
    'monzo_poll_duration_seconds',
    'monzo_exporter_build_info',
    'monzo_token_refreshes_total',
  ])
})
it('drops an account with everything about it as soon as it is gone', async () => {
  const { meters } = setup(FULL)
  await renderExposition(FULL, meters.registries)
  const left = { ...FULL, accounts: FULL.accounts.slice(1), pasts: FULL.pasts.slice(1) }
  const { text, openMetrics } = await renderExposition(left, meters.registries)
  for (const { plain } of [text, openMetrics]) assert.doesNotMatch(plain.toString(), /acc_1|pot_/)
})
it('says nothing twice, however often an account or a login is there', async () => {
  const unknown = { state: 'connected', isUp: true } as const
  const logins = [...FULL.logins, LOGIN, { ...LOGIN, userId: 'user_2' }, unknown, { ...unknown }]
  const accounts = [...FULL.accounts, ...FULL.accounts]
  const { text } = await setup({ ...FULL, logins, accounts }).render()
  const series = parseExposition(text.plain).map(({ name, labels }) => [name, labels])
  const distinct = new Set(series.map((one) => JSON.stringify(one)))
  assert.equal(distinct.size, series.length)
})

const NASTY = ['', '"', '\\', '\n', '\\n', '"} 1\n# EOF\nx{a="', '🏖️', 'חופשה', '\r', '\0', '\ud800']
const names = fc.array(
  fc
    .oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }))
    .chain((part) => fc.constantFrom(...NASTY).map((other) => part + other)),
)
it('brings every pot name through to Prometheus unchanged', () =>
  fc.assert(
    fc.asyncProperty(names, async (potNames) => {
      const pots = potNames.map((potName, index) => ({
        ...{ potId: `pot_${index}`, potName, currency: 'GBP', balanceMinor: index },
      }))
      const { render } = setup({ ...EMPTY, accounts: [{ ...ACCOUNT, pots }] })
      const { text, openMetrics } = await render()
      for (const { plain } of [text, openMetrics]) {
        const series = parseExposition(plain).filter(({ name }) => name === 'monzo_balance_in_pot')
        assert.deepEqual(
          series.map(({ labels }) => labels['pot_name']),
          potNames.map((potName) => Buffer.from(potName).toString()), // half a character becomes �
        )
      }
    }),
  ))
it('brings every category through to Prometheus unchanged, and no -0', () =>
  fc.assert(
    fc.asyncProperty(names, fc.integer({ min: -1e9, max: 1e9 }), async (texts, amountMinor) => {
      const categories = [...new Set(texts.map((text) => Buffer.from(text).toString()))]
      const spending = FULL.accounts[0]?.spending ?? assert.fail()
      const spentMonth = categories.map((category) => ({ category, amountMinor }))
      const accounts = [{ ...ACCOUNT, spending: { ...spending, spentMonth } }]
      const { text } = await setup({ ...EMPTY, accounts }).render()
      const series = parseExposition(text.plain).filter(
        ({ name }) => name === 'monzo_category_spent_month',
      )
      assert.deepEqual(
        series.map(({ labels, value }) => [labels['category'], value]),
        categories.map((category) => [category, amountMinor / 100]),
      )
      assert.doesNotMatch(text.plain.toString(), / -0$/m)
    }),
  ))
it('renders 20,000 pots in one go without losing any', async () => {
  const pots = Array.from({ length: 20_000 }, (_, index) => ({
    ...{ potId: `pot_${index}`, potName: 'Rain', currency: 'GBP', balanceMinor: index },
  }))
  const { text } = await setup({ ...EMPTY, accounts: [{ ...ACCOUNT, pots }] }).render()
  const series = parseExposition(text.plain).filter(({ name }) => name === 'monzo_balance_in_pot')
  assert.equal(series.length, 20_000)
})
