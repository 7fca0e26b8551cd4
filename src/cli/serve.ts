import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { startApp } from '../app.ts'
import { loadConfig } from '../config/load.ts'
import { createHttpFetch } from '../lib/http-fetch.ts'
import { createLog } from '../lib/log.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { type Flags, say, type World } from './world.ts'

const KEY_BYTES = 24 // 192 bits, 32 characters: neither guessed nor too long to copy

/** Runs the exporter until it is told to stop. */
export async function serve(world: World, flags: Flags): Promise<ExitCode> {
  const { env, cwd, clock, loadLate, pid, build, stopping, stdout, stderr } = world
  const { config, warnings } = await loadConfig({ flags, env, cwd })
  const log = createLog({ level: config.log_level, format: config.log_format, stream: stderr })
  for (const warning of warnings) log.warn({}, warning)
  const app = await startApp({
    config,
    warnings,
    build,
    pid,
    clock,
    fetch: createHttpFetch(),
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
