import { dirname, resolve } from 'node:path'
import { AppError } from '../lib/errors.ts'
import { crossFaults } from './checks.ts'
import { readFileLayer } from './file-layer.ts'
import { goEnvironmentLayer, goFlagLayer, goNotes, joinLayers } from './go-layers.ts'
import { GO_DEFAULTS } from './go-settings.ts'
import { environmentLayer, flagLayer, type Layer } from './layer.ts'
import { type Fault, nowhere, renderFaults } from './origin.ts'
import { type Resolved, resolveLayers } from './resolve.ts'
import { aboutSetting, type Config, readSettings, SETTING_KEYS } from './settings.ts'
import { configWarnings } from './warnings.ts'

/** All that a configuration may come from. Nothing else is looked at. */
export interface ConfigSources {
  /**
   * By key (`poll_interval`, `client_secret_file`), as parsed; `config` names the file. The Go
   * exporter's stand among them (`scrape_interval`).
   */
  readonly flags: Readonly<Record<string, string | boolean>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
}

/** What the caller means to do with it. */
export interface LoadOptions {
  /** Default true: somebody must be able to log in, so that must be configured. */
  readonly needsLogin?: boolean
}

/** A configuration that can be used, and what a person should be told about it once. */
export interface LoadedConfig {
  readonly config: Config
  /** One sentence each. */
  readonly warnings: readonly string[]
  /** The config.toml that was read, absolute; absent when there is none. */
  readonly file?: string | undefined
}

/**
 * Reads every layer: defaults < config.toml < environment < flags. The Go exporter's variables are
 * in the environment's layer, its flags in that of the flags.
 * @throws {AppError} CONFIG_INVALID naming every fault at once, and never a value;
 *   NOTHING_CONFIGURED when no layer sets anything.
 */
export function loadConfig(
  sources: ConfigSources,
  { needsLogin = true }: LoadOptions = {},
): LoadedConfig {
  const { flags, env, cwd } = sources
  const fileLayer = readFileLayer(sources)
  const go = { environment: goEnvironmentLayer(env, cwd), flags: goFlagLayer(flags, cwd) }
  const layers = [
    fileLayer,
    joinLayers(environmentLayer(env, cwd), go.environment),
    joinLayers(flagLayer(flags, cwd), go.flags),
  ]
  const isNothing = layers.every(({ given, faults }) => given.size === 0 && faults.length === 0)
  if (isNothing && needsLogin) throw nothingConfigured()
  const resolved = resolveLayers(layers)
  const folder = fileLayer.path === undefined ? cwd : dirname(fileLayer.path)
  const goNames = [...go.flags.used, ...go.environment.used]
  const config = parseResolved(resolved, layers, {
    folder,
    isGoMode: goNames.length > 0,
    needsLogin,
  })
  const notes = [...goNotes(goNames), ...resolved.notes]
  const warnings = [...notes, ...configWarnings(config, resolved.origins)]
  return { config, warnings, file: fileLayer.path }
}

interface Manner {
  /** What default paths are relative to: beside config.toml, if there is one. */
  readonly folder: string
  readonly isGoMode: boolean
  readonly needsLogin: boolean
}

function parseResolved(
  resolved: Resolved,
  layers: readonly Layer[],
  { folder, isGoMode, needsLogin }: Manner,
): Config {
  const { origins } = resolved
  const values = { ...(isGoMode ? GO_DEFAULTS : {}), ...defaultPaths(folder), ...resolved.values }
  const read = readSettings(values)
  const faults: Fault[] = [...resolved.faults]
  const hasServer = !isGoMode || origins.has('server_addr') || !hasTokens(values.access_tokens)
  if (!layers.some(({ isUnreadable }) => isUnreadable))
    faults.push(...crossFaults({ values, origins, isGoMode, needsLogin, hasServer }))
  for (const { key, message } of 'flaws' in read ? read.flaws : [])
    faults.push({ origin: origins.get(key) ?? nowhere(key), message })
  if ('flaws' in read || faults.length > 0) throw invalid(faults)
  const { server_addr, ...rest } = read.values
  const staleAfterMs = Math.max(rest.stale_after.ms, 2 * rest.poll_interval.ms)
  return {
    ...rest,
    ...(hasServer ? { server_addr } : {}),
    ...(origins.has('stale_after') ? {} : { stale_after: { ms: staleAfterMs } }),
    go_mode: isGoMode,
  }
}

const hasTokens = (value: unknown) =>
  Array.isArray(value) ? value.length > 0 : value !== undefined

function defaultPaths(folder: string): Readonly<Record<string, string>> {
  const paths = SETTING_KEYS.flatMap((key) => {
    const { isPath, default: name } = aboutSetting(key)
    return isPath && typeof name === 'string' ? [[key, resolve(folder, name)] as const] : []
  })
  return Object.fromEntries(paths)
}

/** Without a `cause`: what lies beneath may quote the file. */
function invalid(faults: readonly Fault[]): AppError {
  return new AppError('CONFIG_INVALID', renderFaults(faults), {
    hint: 'Correct what is named above, then run `monzo-exporter check-config`.',
  })
}

function nothingConfigured(): AppError {
  const message = [
    'Nothing is configured: no setting in config.toml, in the environment or among the flags.',
    'Either log in with a Monzo OAuth client of your own, good for 90 days: put its client_id and',
    'client_secret into config.toml. `monzo-exporter init` asks for them and writes that file;',
    "config.toml.example has every setting. The Go exporter's --monzo-oauth-client-id,",
    '--monzo-oauth-client-secret and --monzo-oauth-external-url do as well, all three together.',
    "Or, for about six hours, set access_tokens (--monzo-access-tokens) to tokens from Monzo's",
    'playground. Client and playground are at https://developers.monzo.com.',
  ].join('\n')
  return new AppError('NOTHING_CONFIGURED', message, {
    hint: 'Run `monzo-exporter demo` to look first: it needs nothing.',
  })
}
