import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const FOLDER = 'deploy/prometheus'

export interface Rule {
  readonly expr: string
  readonly for?: string
  readonly alert?: string
  readonly record?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}
/** A file of rules as Prometheus reads it. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}

export const RULE_FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.rules.yml'))

export const readRuleFile = (name: string): RuleFile =>
  parse(readFileSync(join(FOLDER, name), 'utf8'))

const RULES = RULE_FILES.flatMap((name) => readRuleFile(name).groups).flatMap(({ rules }) => rules)

export const RECORDINGS = RULES.flatMap(({ record, expr }) =>
  record === undefined ? [] : [{ record, expr }],
)
export const ALERTS = RULES.flatMap(({ alert, expr, labels = {}, annotations = {} }) =>
  alert === undefined ? [] : [{ alert, expr, labels, annotations }],
)
