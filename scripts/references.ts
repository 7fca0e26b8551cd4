import { renderConfigSchema } from './config-schema.ts'
import { renderConfigurationPage } from './configuration-page.ts'
import { renderExporterHealth } from './dashboards/exporter-health.ts'
import { renderHistory } from './dashboards/history.ts'
import { renderOverview } from './dashboards/overview.ts'
import { renderMetricsPage } from './metrics-page.ts'
import { renderPrometheusRule } from './prometheus-rule.ts'
import { renderTroubleshootingPage } from './troubleshooting-page.ts'

/** Every file that is generated from the code, with the function that renders it. */
export const REFERENCES: Readonly<Record<string, () => string>> = {
  'config.schema.json': renderConfigSchema,
  'docs/configuration.md': renderConfigurationPage,
  'docs/metrics.md': renderMetricsPage,
  'docs/troubleshooting.md': renderTroubleshootingPage,
  'deploy/grafana/overview.json': renderOverview,
  'deploy/grafana/history.json': renderHistory,
  'deploy/grafana/exporter-health.json': renderExporterHealth,
  'deploy/kubernetes/prometheus-rule.yaml': renderPrometheusRule,
}
