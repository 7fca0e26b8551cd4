import { dirname, resolve } from 'node:path'
import { AppError } from '../lib/errors.ts'
import { crossFaults } from './checks.ts'
import { readFileLayer } from './file-layer.ts'
import { environmentLayer, flagLayer, type Layer } from './layer.ts'
import { type Fault, nowhere, renderFaults } from './origin.ts'
import { type Resolved, resolveLayers } from './resolve.ts'
import { aboutSetting, CONFIG, type Config, SETTING_KEYS } from './settings.ts'
import { configWarnings } from './warnings.ts'

/** All that a configuration may come from. Nothing else is looked at. */
export interface ConfigSources {
  /** By key (`poll_interval`, `client_secret_file`), as parsed; `config` names the file. */
  readonly flags: Readonly<Record<string, string | boolean>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
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
 * Reads every layer: defaults < config.toml < environment < flags.
 * @throws {AppError} CONFIG_INVALID naming every fault at once, and never a value;
 *   NOTHING_CONFIGURED when no layer sets anything.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { flags, env, cwd } = sources
  const fileLayer = await readFileLayer(sources)
  const layers = [fileLayer, environmentLayer(env, cwd), flagLayer(flags, cwd)]
  if (layers.every(({ given, faults }) => given.size === 0 && faults.length === 0))
    throw nothingConfigured()
  const resolved = await resolveLayers(layers)
  const folder = fileLayer.path === undefined ? cwd : dirname(fileLayer.path)
  const config = parseResolved(resolved, layers, folder)
  return { config, warnings: configWarnings(config, resolved.origins), file: fileLayer.path }
}

/** @param folder what default paths are relative to: beside config.toml, if there is one. */
function parseResolved(resolved: Resolved, layers: readonly Layer[], folder: string): Config {
  const { values, origins } = resolved
  const parsed = CONFIG.safeParse({ ...defaultPaths(folder), ...values })
  const faults: Fault[] = [...resolved.faults]
  if (!layers.some(({ isUnreadable }) => isUnreadable)) faults.push(...crossFaults(resolved))
  for (const { path, message } of parsed.error?.issues ?? []) {
    const key = SETTING_KEYS.find((known) => known === path[0])
    const origin = (key && origins.get(key)) ?? nowhere(String(path[0]))
    const entry = typeof path[1] === 'number' ? `entry ${path[1] + 1}: ` : ''
    faults.push({ origin, message: entry + message })
  }
  if (!parsed.success || faults.length > 0) throw invalid(faults)
  const { stale_after, poll_interval } = parsed.data
  if (origins.has('stale_after')) return parsed.data
  return { ...parsed.data, stale_after: { ms: Math.max(stale_after.ms, 2 * poll_interval.ms) } }
}

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
    'client_secret into config.toml (config.toml.example shows how).',
    "Or, for about six hours, set access_tokens to a token from Monzo's playground.",
    'Both are at https://developers.monzo.com.',
  ].join('\n')
  return new AppError('NOTHING_CONFIGURED', message, {
    hint: 'Run `monzo-exporter demo` to look first: it needs nothing.',
  })
}
