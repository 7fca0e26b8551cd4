import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { findProgram } from '../e2e/program.ts'
import { ALERTS, FOLDER, RULE_FILES, type RuleFile } from './rule-files.ts'

const CASES = join(FOLDER, 'alerts.test.yml')
const PAGES = 'docs/alerts'

interface Case {
  readonly alertname: string
  readonly exp_alerts: readonly unknown[]
}

const { tests } = parse(readFileSync(CASES, 'utf8')) as {
  tests: { alert_rule_test?: readonly Case[] }[]
}
const cases = tests.flatMap((test) => test.alert_rule_test ?? [])

it('has rules, a scrape job and an Alertmanager that their own tools find nothing wrong with', (t) => {
  const promtool = findProgram(t, 'promtool', 'prometheus')
  const amtool = findProgram(t, 'amtool', 'prometheus-alertmanager')
  if (!promtool || !amtool) return
  const run = (program: string, ...args: string[]) =>
    assert.equal(spawnSync(program, args, { encoding: 'utf8' }).status, 0, args.join(' '))
  run(promtool, 'check', 'rules', '--lint-fatal', ...RULE_FILES.map((name) => join(FOLDER, name)))
  run(promtool, 'check', 'config', join(FOLDER, 'prometheus.yml'))
  run(amtool, 'check-config', join(FOLDER, 'alertmanager.yml'))
})

it('fires when it is told to, and else does not', (t) => {
  const promtool = findProgram(t, 'promtool', 'prometheus')
  if (!promtool) return
  const { status, stdout } = spawnSync(promtool, ['test', 'rules', CASES], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})

for (const { alert, labels, annotations } of ALERTS)
  describe(alert, () => {
    it('is tested both for firing and for not firing', () => {
      const own = cases.filter(({ alertname }) => alertname === alert)
      assert.ok(own.some(({ exp_alerts }) => exp_alerts.length > 0))
      assert.ok(own.some(({ exp_alerts }) => exp_alerts.length === 0))
    })
    it('is critical only if a person has to do something', () => {
      if (labels['severity'] !== 'critical') return
      assert.doesNotMatch(
        readFileSync(`${PAGES}/${alert}.md`, 'utf8'),
        /nothing has to be done|by itself: wait/i,
      )
    })
    it('says what is wrong in sentences, and names a page that says what to do', () => {
      const { summary = '', description = '', runbook_url } = annotations
      assert.match(summary, /^[A-Z£].*\.$/)
      assert.match(description, /\.$/)
      assert.equal(runbook_url, `${PAGES}/${alert}.md`)
      assert.ok(existsSync(runbook_url), runbook_url)
      assert.match(readFileSync(runbook_url, 'utf8'), new RegExp(`^# ${alert}\n`))
    })
  })

it('says in the reference how severe each alert is', () => {
  const page = readFileSync('docs/prometheus.md', 'utf8')
  for (const { alert, labels } of ALERTS)
    assert.ok(page.includes(`| [${alert}](alerts/${alert}.md) | ${labels['severity']} |`), alert)
})

describe('The line that makes links of the runbooks', () => {
  const lineIn = (path: string) => /^(?:# *)?(sed .*)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? ''
  const line = lineIn('docs/prometheus.md')

  it('stands in the reference and at the top of the rules', () => {
    assert.match(line, /^sed /)
    assert.equal(lineIn(join(FOLDER, 'monzo.rules.yml')), line)
  })
  it('puts the address before every one of them, once, and changes nothing else', (t) => {
    const copy = mkdtempSync(join(tmpdir(), 'rules-'))
    t.after(() => rmSync(copy, { recursive: true }))
    cpSync(FOLDER, copy, { recursive: true })
    const prefix = 'https://git.example.com/me/monzo-exporter/blob/main/'
    for (const times of ['once', 'twice']) {
      assert.equal(spawnSync('sh', ['-c', line], { cwd: copy }).status, 0, times)
      for (const name of readdirSync(FOLDER)) {
        const plain = readFileSync(join(FOLDER, name), 'utf8')
        const changed = readFileSync(join(copy, name), 'utf8')
        assert.equal(changed.replaceAll(`runbook_url: ${prefix}`, 'runbook_url: '), plain, name)
      }
    }
    const links = RULE_FILES.flatMap((name) => {
      const { groups }: RuleFile = parse(readFileSync(join(copy, name), 'utf8'))
      return groups.flatMap(({ rules }) =>
        rules.flatMap(({ annotations }) => (annotations ? [annotations] : [])),
      )
    }).map((annotations) => annotations['runbook_url'])
    assert.deepEqual(
      links.sort(),
      ALERTS.map(({ alert }) => `${prefix}${PAGES}/${alert}.md`).sort(),
    )
    const promtool = findProgram(t, 'promtool', 'prometheus')
    if (!promtool) return
    const { status, stdout } = spawnSync(promtool, ['test', 'rules', 'alerts.test.yml'], {
      cwd: copy,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  })
})

it('has no page about an alert that is gone', () => {
  const pages = readdirSync(PAGES).map((name) => name.replace(/\.md$/, ''))
  assert.deepEqual(pages.sort(), ALERTS.map(({ alert }) => alert).sort())
})
