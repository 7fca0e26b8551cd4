import { renderConfigSchema } from './config-schema.ts'
import { renderConfigurationPage } from './configuration-page.ts'
import { renderExporterHealth } from './dashboards/exporter-health.ts'
import { renderOverview } from './dashboards/overview.ts'
import { renderMetricsPage } from './metrics-page.ts'
import { renderPrometheusRule } from './prometheus-rule.ts'

/** What is generated from the code: file, and what belongs into it. */
export const REFERENCES: Readonly<Record<string, () => string>> = {
  'config.schema.json': renderConfigSchema,
  'docs/configuration.md': renderConfigurationPage,
  'docs/metrics.md': renderMetricsPage,
  'deploy/grafana/overview.json': renderOverview,
  'deploy/grafana/exporter-health.json': renderExporterHealth,
  'deploy/kubernetes/prometheus-rule.yaml': renderPrometheusRule,
}
