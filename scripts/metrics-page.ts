import { LEGACY_METRICS } from '../src/metrics/legacy.ts'
import { METRICS, type Metric } from '../src/metrics/table.ts'
import { LABEL_VALUES } from './label-values.ts'
import { EXAMPLES } from './metric-examples.ts'

/** docs/metrics.md: every metric with its labels and meaning, and a query to begin with. */
export function renderMetricsPage(): string {
  return `# Metrics

<!-- Generated from src/metrics/table.ts by scripts/generate-references.ts. Do not edit. -->

The exporter serves them at \`/stats\` and \`/metrics\`. Money is in major units of the account's currency
(pounds, not pence). What is not known, or older than \`stale_after\`, is absent, never 0: alert on absence.
A label whose value is not known is absent too.

| Metric | Kind | Labels | Meaning |
|---|---|---|---|
${METRICS.map(rowOf).join('\n')}

Besides, there are \`process_*\` and other \`nodejs_*\` metrics: memory, CPU, open files and garbage collection
of the exporter's process.

Ready-made are [rules and alerts](prometheus.md) in \`deploy/prometheus\`, and
[dashboards](dashboards.md) in \`deploy/grafana\`.

## Values of labels

Of the other labels, \`account_type\`, \`owner_type\` and \`category\` are Monzo's own words. Beyond an account's
50 largest categories, the rest is in \`other\`.

${LABEL_VALUES.map(valuesOf).join('\n\n')}

## Queries to begin with

${METRICS.flatMap(exampleOf).join('\n\n')}

## Names of the Go exporter

With \`legacy_metrics = true\` (and whenever its flags or variables are used) these are exported as well, with
their labels and in minor units (pence): see [From the Go exporter](from-the-go-exporter.md).

| Metric | Kind | Labels | Meaning |
|---|---|---|---|
${LEGACY_METRICS.map(rowOf).join('\n')}
`
}

function rowOf({ name, kind, labels, help }: Metric): string {
  const cells = [code(name), kind, labels.map(code).join(', ') || '–', help.replaceAll('|', '\\|')]
  return `| ${cells.join(' | ')} |`
}

function valuesOf({ metrics, label, values }: (typeof LABEL_VALUES)[number]): string {
  const rows = Object.entries(values).map(([value, meaning]) => `| ${code(value)} | ${meaning} |`)
  const title = `**${code(label)}** of ${metrics.map(code).join(' and ')}`
  return `${title}\n\n| Value | Meaning |\n|---|---|\n${rows.join('\n')}`
}

function exampleOf({ name }: Metric): string[] {
  const example = EXAMPLES[name]
  if (!example) return []
  return [`**${code(name)}** ${example.question}\n\n\`\`\`promql\n${example.query}\n\`\`\``]
}

const code = (text: string): string => `\`${text}\``
