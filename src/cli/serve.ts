import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { startApp } from '../app.ts'
import { loadConfig } from '../config/load.ts'
import { systemClock } from '../lib/clock.ts'
import { createLog } from '../lib/log.ts'
import { loadLate } from '../load-late.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { say, type World } from './world.ts'

const KEY_BYTES = 24 // 192 bits, 32 characters: neither guessed nor too long to copy

/** Runs the exporter until it is told to stop. */
export async function serve(
  world: World,
  flags: Readonly<Record<string, string | boolean>>,
): Promise<ExitCode> {
  const { env, cwd, build, stopping, stdout, stderr } = world
  const { config, warnings } = await loadConfig({ flags, env, cwd })
  const log = createLog({ level: config.log_level, format: config.log_format, stream: stderr })
  for (const warning of warnings) log.warn({}, warning)
  const app = await startApp({
    config,
    warnings,
    build,
    clock: systemClock,
    fetch: globalThis.fetch,
    random: Math.random,
    randomText: () => randomBytes(KEY_BYTES).toString('base64url'),
    log,
    loadLate,
    printLink: (link) => say(stdout, link),
  })
  if (!stopping.aborted) await once(stopping, 'abort')
  log.info({}, 'Stopping.')
  await app.stop()
  return EXIT.ok
}
