import { aboutSetting, SETTINGS, type SettingKey } from './settings.ts'

/** @returns what is wrong with a text as the value of a setting; `undefined` when it is good. */
export function flawOfSetting(key: SettingKey, text: string): string | undefined {
  if (text.trim() === '') return 'is empty'
  const read = SETTINGS[key].read(text)
  return 'flaws' in read ? read.flaws[0] : undefined
}

/** A line of a config.toml to be: its key, or `<secret>_file`, and a text. */
export interface NewLine {
  readonly key: SettingKey
  /** The value is the name of the file that holds it. */
  readonly isInFile?: boolean
  readonly value: string
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
