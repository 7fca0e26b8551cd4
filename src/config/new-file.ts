import { type Result, refuse } from './fault.ts'
import { aboutSetting, SETTINGS, type SettingKey } from './settings.ts'

/** Reads a text as the value of a setting, as config.toml would hold it. */
export const readAnswer = (key: SettingKey, text: string): Result<unknown> =>
  text.trim() === '' ? refuse('is empty') : SETTINGS[key].read(text)

/** One setting for a new config.toml. */
export interface NewLine {
  readonly key: SettingKey
  /** `value` names the file that holds the secret. */
  readonly isInFile?: boolean
  readonly value: string | boolean
}

/** A config.toml with these settings, each explained as in `--help`. */
export function renderConfigFile(lines: readonly NewLine[]): string {
  const blocks = lines.map(({ key, isInFile = false, value }) => {
    const name = isInFile ? `${key}_file` : key
    return `${comment(aboutSetting(key).description)}\n${name} = ${JSON.stringify(value)}\n`
  })
  const title =
    '# Configuration of the Monzo exporter. `monzo-exporter check-config` reads it again;\n' +
    '# `monzo-exporter serve --help` and docs/configuration.md have every other setting.\n'
  return [title, ...blocks].join('\n')
}

const COMMENT_LINE = /\S.{0,96}(?!\S)/g // with its "# ", a hundred characters

const comment = (text: string): string =>
  (text.match(COMMENT_LINE) ?? []).map((line) => `# ${line.trimEnd()}`).join('\n')
