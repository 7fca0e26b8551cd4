import type { LoadedConfig } from '../config/load.ts'
import { planReload } from '../config/reload.ts'
import { AppError, linesOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

/** The configuration of a running exporter. */
export type Running = Pick<LoadedConfig, 'config' | 'warnings'>

export interface ReloadDeps {
  readonly running: Running
  /** Reads every layer of the configuration again, including files that hold secrets. */
  readonly load: () => LoadedConfig
  /** Passes the settings to the exporter. Only live ones differ from before. */
  readonly use: (running: Running) => void
  readonly log: Log
}

/**
 * @returns the handler for SIGHUP: reads the configuration again, applies live settings, and logs
 *   which others need a restart. An invalid configuration changes nothing. Never throws.
 */
export function createReload({ running: first, load, use, log }: ReloadDeps): () => void {
  let running = first
  return () => {
    let read: LoadedConfig
    try {
      read = load()
    } catch (error) {
      sayUnusable(log, error)
      return
    }
    const { config, taken, waiting } = planReload(running.config, read.config)
    const fresh = read.warnings.filter((warning) => !running.warnings.includes(warning))
    // Keep old warnings: one may be about a setting whose new value needs a restart.
    const warnings = waiting.length > 0 ? [...running.warnings, ...fresh] : read.warnings
    running = { config, warnings }
    use(running)
    if (taken.length > 0)
      log.info({}, `The configuration was read again, and is used: ${listed(taken)} changed.`)
    for (const warning of fresh) log.warn({}, warning)
    if (waiting.length > 0)
      log.warn({}, `To change ${listed(waiting)} takes a restart: until then the old values hold.`)
    else if (taken.length === 0)
      log.info({}, 'The configuration was read again: nothing has changed.')
  }
}

/** Logs the errors as `check-config` prints them, one per line; none of them quotes a value. */
function sayUnusable(log: Log, error: unknown): void {
  const what = 'The configuration was read again, but cannot be used: all goes on as before'
  if (error instanceof AppError)
    for (const line of [`${what}.`, ...linesOf(error)]) log.error({ code: error.code }, line)
  else log.error({ err: error }, `${what}.`)
}

function listed(keys: readonly string[]): string {
  return [keys.slice(0, -1).join(', '), ...keys.slice(-1)].filter((it) => it !== '').join(' and ')
}
