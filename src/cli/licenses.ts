import type { CommandContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { LICENSES } from './license-texts.ts'

/** Prints the license of every part of this program, all of it also where a pipe is read slowly. */
export async function licenses({ stdout }: CommandContext): Promise<ExitCode> {
  await new Promise((written) => stdout.write(LICENSES, written))
  return EXIT.ok
}
