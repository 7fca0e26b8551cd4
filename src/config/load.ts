import { dirname } from 'node:path'
import { AppError } from '../lib/errors.ts'
import { crossFaults } from './checks.ts'
import { type ConfigFile, readConfigFile } from './config-file.ts'
import { type Fault, faultsOf, renderFaults, valueIn } from './fault.ts'
import { goNotes, isGoFlag, readGoLayers } from './go-settings.ts'
import { environmentLayer, flagLayer, resolveLayers, withoutServiceLinks } from './layers.ts'
import { aboutSetting, type Config, readSettings, SETTING_KEYS, withDefaults } from './settings.ts'
import { configWarnings } from './warnings.ts'

/** All that a configuration can come from. Nothing else is looked at. */
export interface ConfigSources {
  /**
   * As parsed, by key (`poll_interval`, `client_secret_file`); `config` names the file. The Go
   * exporter's flags are among them (`scrape_interval`).
   */
  readonly flags: Readonly<Record<string, string | boolean>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
}

/** What the caller is going to do with it. */
export interface LoadOptions {
  /** Whether it is a fault if nobody could log in. Default true. */
  readonly needsLogin?: boolean
}

/** A configuration without faults, and what to tell a person about it once. */
export interface LoadedConfig {
  readonly config: Config
  /** One sentence each. */
  readonly warnings: readonly string[]
  /** The config.toml that was read, absolute; absent when there is none. */
  readonly file?: string | undefined
  /** Settings whose secrets stand in that file, be they overridden or not. */
  readonly secretsInFile: readonly string[]
}

/**
 * Reads every layer: defaults < config.toml < environment < flags. The Go exporter's variables
 * belong to the environment, its flags to the flags.
 * @throws {AppError} CONFIG_INVALID naming every fault at once, and never a value;
 *   NOTHING_CONFIGURED when no layer sets anything.
 */
export function loadConfig(
  sources: ConfigSources,
  { needsLogin = true }: LoadOptions = {},
): LoadedConfig {
  const { flags, cwd } = sources
  const env = withoutServiceLinks(sources.env)
  const go = readGoLayers(flags, env, cwd)
  const ownFlags = Object.fromEntries(Object.entries(flags).filter(([key]) => !isGoFlag(key)))
  const read = readConfigFile({ flags, env, cwd })
  const file = valueIn(read)
  const layers = [
    file?.layer ?? [],
    [...environmentLayer(env, cwd), ...go.environment],
    [...flagLayer(ownFlags, cwd), ...go.flags],
  ]
  if (file && needsLogin && layers.flat().length === 0)
    throw nothingConfigured(file, go.names.length > 0)
  const given = resolveLayers(layers)
  const isGoMode = go.names.length > 0
  const folder = file?.isThere ? dirname(file.path) : cwd
  const values = withDefaults(given.values, isGoMode, folder)
  const settings = readSettings(values, given.origins)
  const faults = [
    ...faultsOf(read),
    ...given.faults,
    // A file that can't be read may hold what seems to be missing.
    ...(file ? crossFaults({ given, values, isGoMode, needsLogin }) : []),
    ...faultsOf(settings),
  ]
  if ('faults' in settings || faults.length > 0) throw invalid(faults)
  const config = { ...settings.value, go_mode: isGoMode }
  const notes = [...goNotes(go.names), ...given.notes]
  return {
    config,
    warnings: [...notes, ...configWarnings(config, given.origins)],
    file: file?.isThere ? file.path : undefined,
    secretsInFile: (file?.layer ?? []).map(({ key }) => key).filter(isSecret),
  }
}

const isSecret = (key: string): boolean =>
  SETTING_KEYS.some((known) => known === key && aboutSetting(known).isSecret)

/** Without a `cause`, which might quote the file. */
function invalid(faults: readonly Fault[]): AppError {
  return new AppError('CONFIG_INVALID', renderFaults(faults), {
    hint: 'Correct what is named above, then run `monzo-exporter check-config`.',
  })
}

function nothingConfigured({ path, isThere }: ConfigFile, isGoMode: boolean): AppError {
  const begin = isThere ? 'Put in' : 'Run `monzo-exporter init`, which writes it with'
  const message = [
    `Nothing is configured: ${path} ${isThere ? 'sets nothing' : 'is not there'}, and no variable or flag sets anything.`,
    isGoMode
      ? 'Give --monzo-oauth-client-id, --monzo-oauth-client-secret and --monzo-oauth-external-url, or --monzo-access-tokens alone.'
      : `${begin} the client_id and client_secret of a client from https://developers.monzo.com; or set access_tokens from the playground there, good for six hours.`,
  ]
  return new AppError('NOTHING_CONFIGURED', message.join('\n'), {
    hint: 'Run `monzo-exporter demo` to look first: it needs nothing.',
  })
}
