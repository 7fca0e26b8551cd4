import { EXIT } from '../src/cli/exit-code.ts'
import { COMMANDS } from '../src/cli/program.ts'
import { GO_SETTINGS } from '../src/config/go-settings.ts'
import { aboutSetting, envName, flagOptions, SETTING_KEYS } from '../src/config/settings.ts'
import { LEGACY_METRICS } from '../src/metrics/legacy.ts'
import { METRICS } from '../src/metrics/table.ts'

/** What stays the same within a major version (docs/upgrading.md), by name, as one line of text each. */
export type Promised = Readonly<Record<string, Readonly<Record<string, string>>>>

/** What the code that is here promises. */
export function promised(): Promised {
  return {
    metrics: Object.fromEntries(
      [...METRICS, ...LEGACY_METRICS].map(({ name, kind, labels }) => [
        name,
        `${kind}${labels.map((label) => ` ${label}`).join('')}`,
      ]),
    ),
    settings: Object.fromEntries(
      SETTING_KEYS.map((key) => [
        key,
        `${envName(key)}, default ${aboutSetting(key).default ?? 'none'}`,
      ]),
    ),
    flags: Object.fromEntries(
      [...flagOptions(), ...GO_SETTINGS].map(({ flag, valueName }) => [flag, valueName]),
    ),
    commands: Object.fromEntries(COMMANDS.flatMap(namesOf).map((name) => [name, 'there'])),
    exitCodes: Object.fromEntries(Object.entries(EXIT).map(([name, code]) => [name, `${code}`])),
  }
}

const namesOf = (command: (typeof COMMANDS)[number]): readonly string[] =>
  'commands' in command
    ? command.commands.map(({ name }) => `${command.name} ${name}`)
    : [command.name]

/** @returns a sentence for each promise of `before` that `now` breaks. What is new breaks none. */
export function broken(before: Promised, now: Promised): readonly string[] {
  return Object.entries(before).flatMap(([group, promises]) =>
    Object.entries(promises).flatMap(([name, what]) => {
      const is = now[group]?.[name]
      if (is === what) return []
      return `${group}: ${name} was "${what}" and is ${is === undefined ? 'gone' : `"${is}"`}`
    }),
  )
}
