import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Registry } from 'prom-client'
import { EXAMPLES } from '../../scripts/metric-examples.ts'
import { addProcessMetrics } from '../../src/metrics/process-metrics.ts'
import { METRICS, PAST_DAY_METRICS } from '../../src/metrics/table.ts'
import { asSent, BOARDS, namesIn, QUERIES } from './boards.ts'
import { ALERTS, RECORDINGS } from './rule-files.ts'

const PICTURES = 'docs/screenshots/dashboards.sha256'

const registries: Registry[] = []
addProcessMetrics(registries)
const EVERY_METRIC = [...METRICS, ...Object.values(PAST_DAY_METRICS)]
const MONEY = new Set(
  EVERY_METRIC.filter(({ labels }) => labels.includes('currency')).map(({ name }) => name),
)

const OF_ACCOUNTS = new Set(
  EVERY_METRIC.filter(({ labels }) => labels.includes('account_id')).map(({ name }) => name),
)

const exported = new Set([
  ...registries.flatMap((one) => one.getMetricsAsArray().map(({ name }) => name)),
  ...EVERY_METRIC.flatMap(({ name, kind }) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
])
const recorded = new Set(RECORDINGS.map(({ record }) => record))
const rules = [...ALERTS, ...RECORDINGS].map(({ expr }) => expr)
const everyExpression = [...QUERIES.map(({ expr }) => expr), ...rules]

describe('The dashboards, rules and examples', () => {
  it('know no metric that is not exported', () => {
    const used = [...everyExpression, ...Object.values(EXAMPLES).map(({ query }) => query)]
    const unknown = used.flatMap(namesIn).filter((name) => !exported.has(name))
    assert.deepEqual(
      unknown.filter((name) => !recorded.has(name)),
      [],
    )
  })
  it('have an example for every metric, and none for others', () => {
    assert.deepEqual(Object.keys(EXAMPLES).sort(), METRICS.map(({ name }) => name).sort())
    for (const [name, { query }] of Object.entries(EXAMPLES)) assert.ok(query.includes(name), name)
  })
})

for (const { name, uid, panels, templating } of BOARDS)
  describe(name, () => {
    const shown = panels.filter(({ type }) => type !== 'row')

    it('asks for the data source, and lets the reader choose among what there is', () => {
      const choice = templating.list.find(({ type }) => type === 'query')
      assert.equal(templating.list[0]?.type, 'datasource')
      assert.ok(choice)
      assert.match(uid, /^monzo-/)
      for (const { title, targets = [] } of shown)
        for (const { expr, datasource } of targets) {
          assert.deepEqual(datasource, { type: 'prometheus', uid: '$datasource' }, title)
          if (choice.name !== 'account' || namesIn(expr).some((metric) => OF_ACCOUNTS.has(metric)))
            assert.ok(expr.includes(`=~"$${choice.name}"`), title)
          assert.doesNotMatch(asSent(expr), /\$[a-z_{]/, title)
        }
    })
    it('gives every panel a title, an explanation, a unit, and legends for people', () => {
      for (const { title, description, fieldConfig, options, targets = [] } of shown) {
        assert.match(description ?? '', /^.{10,}\.$/, title)
        assert.ok(fieldConfig?.defaults.unit, title)
        assert.equal(fieldConfig.defaults.noValue, 'nothing yet', title)
        assert.ok(targets.length > 0, title)
        for (const { legendFormat } of targets) {
          if (options?.textMode !== 'value')
            assert.match(legendFormat, /\{\{\w+\}\}|faster$/, title)
          assert.doesNotMatch(legendFormat, /account_id|pot_id/, title)
        }
      }
    })
    it('shows the value of this moment as such, never the last one of the past', () => {
      for (const { title, type, targets = [] } of shown)
        for (const { instant, format } of targets)
          assert.equal(instant, type !== 'timeseries' || format === 'table', title)
    })
    it('renames and picks out by regular expressions in slashes, which may match a part', () => {
      const ofPanels = panels.flatMap(({ transformations = [], fieldConfig }) => [
        ...transformations.flatMap(({ options }) => options.regex ?? []),
        ...(fieldConfig?.overrides ?? []).map(({ matcher }) => matcher.options),
      ])
      for (const regex of ofPanels) assert.match(regex, /^\/.+\/$/)
    })
    it('gives no color of good or bad to what is not known', () => {
      for (const { title, type, fieldConfig } of shown) {
        const { thresholds } = fieldConfig?.defaults ?? {}
        if (type === 'stat') assert.equal(thresholds?.steps[0]?.color, 'text', title)
      }
    })
    it('has every panel once: no two ask for the same', () => {
      const asked = shown.map(({ type, targets = [] }) =>
        JSON.stringify([type, ...targets.map(({ expr }) => expr)]),
      )
      assert.deepEqual(
        asked.filter((one, index) => asked.indexOf(one) !== index),
        [],
      )
    })
    it('looks as on the pictures in docs: else run `npm run pictures`, and look at them', () => {
      const hash = createHash('sha256')
        .update(readFileSync(`deploy/grafana/${name}`))
        .digest('hex')
      assert.ok(readFileSync(PICTURES, 'utf8').includes(`${hash}  deploy/grafana/${name}\n`))
    })
    it('puts panels beside each other, not on top', () => {
      const taken = new Set<string>()
      for (const { title, gridPos } of panels)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.ok(x < 24 && !taken.has(`${x} ${y}`), title)
            taken.add(`${x} ${y}`)
          }
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    })
  })

it('is looked at with the packages of the Grafana that the compose file starts', () => {
  const compose = readFileSync('deploy/docker/compose.yaml', 'utf8')
  const { dependencies } = JSON.parse(readFileSync('test/grafana/package.json', 'utf8'))
  for (const name of ['@grafana/data', '@grafana/schema', '@grafana/ui'])
    assert.ok(compose.includes(`image: grafana/grafana:${dependencies[name]}\n`), name)
})

describe('Money on the dashboards', () => {
  const ofMoney = QUERIES.filter(
    ({ expr, panel }) =>
      namesIn(expr).some((name) => MONEY.has(name)) &&
      panel.fieldConfig?.defaults.unit !== 'percentunit',
  )
  it('is on some panels', () => assert.ok(ofMoney.length > 10))

  for (const { where, legendFormat, panel } of ofMoney)
    it(`shows pounds to the penny, and only where it is pounds: ${where}`, () => {
      assert.match(legendFormat, /\u00a0\(\{\{currency\}\}\)$/)
      const { defaults, overrides = [] } = panel.fieldConfig ?? {}
      const unitOf = (legend: string) => {
        const found = overrides.findLast(({ matcher }) =>
          new RegExp(matcher.options.slice(1, -1)).test(legend),
        )
        const [unit = { value: defaults?.unit }] = (found?.properties ?? []) as { value: unknown }[]
        return unit.value
      }
      assert.equal(unitOf('Holiday'), 'currency:financial:£')
      assert.equal(unitOf('Holiday (EUR)'), 'currency:financial:£') // so somebody called a pot
      assert.equal(unitOf('Holiday\u00a0(EUR)'), 'currency:financial:€')
      assert.equal(unitOf('Holiday\u00a0(ISK)'), 'none')
      assert.equal(unitOf('My (EUR) pot\u00a0(ISK)'), 'none')
    })
})
