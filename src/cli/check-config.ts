import { loadConfig } from '../config/load.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { type Flags, say, type World } from './world.ts'

/** Reads the configuration as `serve` would; throws what `serve` would throw. */
export async function checkConfig(
  { env, cwd, stdout, stderr }: World,
  flags: Flags,
): Promise<ExitCode> {
  const { warnings, file } = await loadConfig({ flags, env, cwd })
  for (const warning of warnings) say(stderr, `warning: ${warning}`)
  say(stdout, `${file ?? 'The configuration'} is good.`)
  return EXIT.ok
}
