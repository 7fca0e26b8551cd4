import { type Command, Option } from 'commander'
import { GO_SETTINGS } from '../config/go-settings.ts'
import { type FlagOption, flagOptions, goDefaultOf } from '../config/settings.ts'

/** The headings of the list of settings, in order of appearance. */
export const EVERYDAY = 'Everyday settings:'
const MORE = 'More settings:'
const GO = 'The Go exporter (tlwr/monzo-exporter): its flags work unchanged:'

/** The help option of whatever takes every setting. */
export const HELP_WITH_SETTINGS = [
  '-h, --help',
  'print this help; with --all, every setting',
] as const

/** Printed below every list of settings. */
export const ABOUT_SETTINGS = `
Every setting is also a key of config.toml and a variable: --poll-interval is poll_interval
there, and MONZO_EXPORTER_POLL_INTERVAL. Flags win over variables, and those over the file.
A switch such as --pots takes true or false; --no-pots is short for --pots=false.

With any flag or variable of the Go exporter its defaults hold: logins on ${goDefaultOf('server_addr')}, metrics on
${goDefaultOf('metrics_addr')} (at / too), every ${goDefaultOf('poll_interval')}, its metric names beside the new ones, and a redirect URL that
ends in /token/callback. The variables are MONZO_OAUTH_CLIENT_ID, MONZO_OAUTH_CLIENT_SECRET,
MONZO_OAUTH_EXTERNAL_URL, MONZO_OAUTH_PORT, MONZO_ACCESS_TOKENS, METRICS_SCRAPE_INTERVAL,
METRICS_PORT and MONZO_OAUTH_REFRESH_INTERVAL, which is accepted and ignored. There are two ways
to run it: --monzo-access-tokens alone, or client id, client secret and external URL together.`

const ABOUT_INIT = `
At a terminal it asks for what no flag gives. It makes an auth_key of its own.`

const configOption = () =>
  new Option('--config <FILE>', 'The configuration file (default: ./config.toml)').helpGroup(
    EVERYDAY,
  )

/** Said instead of the list of settings, which fills pages. */
const WHERE_SETTINGS_ARE = `
It takes every setting as a flag, too: \`monzo-exporter serve --help\` lists them.`

/**
 * Lets a command take every setting, under our names and those of the Go exporter.
 * @param isAll whether its help lists them all.
 */
export function withSettings(command: Command, isAll: boolean): Command {
  command.helpOption(...HELP_WITH_SETTINGS)
  command.addOption(configOption().helpGroup(isAll ? EVERYDAY : 'Options:'))
  const options = flagOptions()
  for (const option of options.filter(({ isEveryday }) => isEveryday))
    addSetting(command, option, EVERYDAY, isAll)
  for (const option of options.filter(({ isEveryday }) => !isEveryday))
    addSetting(command, option, MORE, isAll)
  for (const { flag, valueName, description } of GO_SETTINGS)
    command.addOption(
      new Option(`${flag} <${valueName}>`, description).helpGroup(GO).hideHelp(!isAll),
    )
  return command.addHelpText('after', isAll ? ABOUT_SETTINGS : WHERE_SETTINGS_ARE)
}

/** Lets a command take only the settings that nearly everybody needs. */
export function withEverydaySettings(command: Command): Command {
  command.addOption(configOption())
  // `init` proposes to keep it: what Monzo tells in those minutes can't be had later.
  for (const option of flagOptions().filter(({ isEveryday }) => isEveryday))
    addSetting(
      command,
      option.flag === '--history' ? { ...option, default: 'true' } : option,
      EVERYDAY,
    )
  return command.addHelpText('after', ABOUT_INIT)
}

function addSetting(command: Command, option: FlagOption, group: string, isShown = true): void {
  const { flag, takesValue, valueName, negatable, description, default: value } = option
  const shown = value === undefined ? description : `${description} (default: ${value})`
  const flags = takesValue ? `${flag} <${valueName}>` : `${flag} [${valueName}]`
  command.addOption(new Option(flags, shown).helpGroup(group).hideHelp(!isShown))
  if (negatable)
    command.addOption(new Option(flag.replace(/^--/, '--no-')).hideHelp().helpGroup(group))
}

/** Commander names options in camelCase; settings are in snake_case everywhere. */
export function snakeCased(
  options: Readonly<Record<string, string | boolean>>,
): Readonly<Record<string, string | boolean>> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  )
}
