import { loadConfig } from '../config/load.ts'
import { readProxies } from '../monzo/proxies.ts'
import { loadLogins } from '../tokens/token-file.ts'
import { certificateWarning, readTlsPair } from '../web/tls-files.ts'
import { type CommandContext, type Flags, say, stderrAt } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'

/**
 * Reads the configuration and the files that it names, as `serve` would. Takes no lock, opens no
 * address and writes nothing, so it can run while the exporter is running.
 * @throws {AppError} what `serve` would throw: CONFIG_INVALID, NOTHING_CONFIGURED, TOKENS_DAMAGED,
 *   TOKENS_UNREADABLE.
 */
export async function checkConfig(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { env, cwd, clock, stdout } = context
  const stderr = stderrAt(context, 'warn')
  const { config, warnings, file } = loadConfig({ flags, env, cwd })
  for (const warning of warnings) say(stderr, `warning: ${warning}`)
  readProxies(env)
  const pair = readTlsPair(config)
  const ofCertificate = pair && certificateWarning(pair, clock.now())
  if (ofCertificate) say(stderr, `warning: ${ofCertificate}`)
  if (config.client_id !== undefined) await loadLogins(config.tokens_file)
  say(stdout, `${file ?? 'The configuration'} is good.`)
  return EXIT.ok
}
