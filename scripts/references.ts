import { renderConfigSchema } from './config-schema.ts'
import { renderConfigurationPage } from './configuration-page.ts'

/** What is generated from the code: file, and what belongs into it. */
export const REFERENCES: Readonly<Record<string, () => string>> = {
  'config.schema.json': renderConfigSchema,
  'docs/configuration.md': renderConfigurationPage,
}
