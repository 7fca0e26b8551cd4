import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { startApp } from '../app.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/settings.ts'
import { createLiveLog } from '../lib/log.ts'
import { createHttpFetch } from '../monzo/http-fetch.ts'
import { readProxies } from '../monzo/proxies.ts'
import { type CommandContext, type Flags, say } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { forwardingCommand } from './no-browser.ts'
import { createReload, type Running } from './reload.ts'

const KEY_BYTES = 24 // 192 bits, 32 characters: too long to guess, short enough to copy

/** Runs the exporter until it is told to stop. */
export async function serve(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { env, cwd, clock, late, pid, build, stopping } = context
  const load = () => loadConfig({ flags, env, cwd })
  const { config, warnings } = load()
  const live = createLiveLog({
    ...logOptions(config),
    stream: { write: (line) => context.stderr.write(line) },
    isJournal: context.isJournal,
  })
  const { log } = live
  for (const warning of warnings) log.warn({}, warning)
  const app = await startApp({
    config,
    warnings,
    build,
    pid,
    clock,
    fetch: createHttpFetch(readProxies(env)),
    random: Math.random,
    randomText: () => randomBytes(KEY_BYTES).toString('base64url'),
    log,
    late,
    // Print it after the log lines that explain it, the first of which may not be written yet.
    printLink(link) {
      const { redirect_uri: url, server_addr: listener } = config
      const command = listener && forwardingCommand(context, [{ url, listener }])
      if (command) log.info({}, `To open the link on another machine, first run there: ${command}`)
      void live.settled().then(() => say(context.stdout, link))
    },
  })
  const use = (running: Running): void => {
    live.use(logOptions(running.config))
    app.reconfigure(running)
  }
  void obeyHangups(context, createReload({ running: { config, warnings }, load, use, log }))
  if (!stopping.aborted) await once(stopping, 'abort')
  log.info({}, 'Stopping.')
  await app.stop()
  await live.settled()
  return EXIT.ok
}

const logOptions = ({ log_level: level, log_format: format }: Config) => ({ level, format })

/** Handles SIGHUPs one after the other, including those received while the exporter was starting. */
async function obeyHangups({ hangups, stopping }: CommandContext, reload: () => void) {
  for await (const _ of hangups) {
    if (stopping.aborted) return
    reload()
  }
}
