import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

const FOLDER = 'deploy/prometheus'

/** Renders deploy/kubernetes/prometheus-rule.yaml: the rules for the Prometheus operator. */
export function renderPrometheusRule(): string {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.rules.yml'))
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'monzo-exporter' },
    spec: {
      groups: files
        .sort()
        .flatMap((name) => parse(readFileSync(join(FOLDER, name), 'utf8')).groups),
    },
  }
  return `# Generated from deploy/prometheus by scripts/generate-references.ts. Do not edit.
${stringify(rule, { lineWidth: 100 })}`
}
