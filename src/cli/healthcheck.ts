import { loadConfig } from '../config/load.ts'
import { AppError } from '../lib/errors.ts'
import { type CommandContext, type Flags, say, sayError } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { doorsOf, originOf, probeHealth } from './health-probe.ts'

/**
 * For container probes, which expect 0 or 1 as exit code. Works without client credentials in the
 * configuration, since those may have been given to `serve` only.
 */
export async function healthcheck(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { env, cwd, clock, stdout, stderr } = context
  try {
    const { config } = loadConfig({ flags, env, cwd }, { needsLogin: false })
    const door = doorsOf(config).at(-1)
    const problem = door ? await probeHealth(door, clock) : 'no address is configured'
    const origin = door ? originOf(door) : 'The exporter'
    if (problem === undefined) {
      say(stdout, `${origin} is healthy.`)
      return EXIT.ok
    }
    say(stderr, `error: ${origin} is not healthy: ${problem}`)
    say(stderr, 'hint: Start the exporter, or give healthcheck the settings that it was given.')
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    sayError(stderr, error, context)
  }
  return EXIT.no
}
