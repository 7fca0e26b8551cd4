import type { Sample } from './samples.ts'
import type { Metric } from './table.ts'

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' }
const escapeCharacter = (character: string): string => ESCAPED[character] ?? character

/**
 * The HELP and TYPE lines of a metric, without a line break at the end.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information
 */
export function renderHeader({ name, help, kind }: Metric): string {
  return `# HELP ${name} ${help.replace(/[\\\n]/g, escapeCharacter)}\n# TYPE ${name} ${kind}`
}

/**
 * One line for each sample of a gauge, without a line break at the end. The same in both formats.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/#abnf
 */
export function renderSamples(name: string, samples: readonly Sample[]): string {
  return samples
    .map(({ labels, value }) => `${name}${renderLabels(labels)} ${renderValue(value)}`)
    .join('\n')
}

/** `{account_id="acc_1",currency="GBP"}`; nothing without labels. */
export function renderLabels(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\\n"]/g, escapeCharacter)}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function renderValue(value: number): string {
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return value < 0 ? '-Inf' : '+Inf'
  return `${value}` // -0 becomes 0 here
}
