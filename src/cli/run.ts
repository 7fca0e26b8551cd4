import { AppError } from '../lib/errors.ts'
import { type CommandContext, say, sayError, stderrAt } from './context.ts'
import { type ExitCode, exitCodeOf } from './exit-code.ts'
import { createProgram } from './program.ts'

/** Runs the command that the arguments name. Never rejects: every path leads to an exit code. */
export async function run(context: CommandContext): Promise<ExitCode> {
  try {
    return await createProgram(context).run()
  } catch (error) {
    tell(context, error)
    return exitCodeOf(error)
  }
}

function tell(context: CommandContext, error: unknown): void {
  const stderr = stderrAt(context, 'error')
  if (error instanceof AppError) {
    sayError(stderr, error, context)
    return
  }
  say(stderr, 'error: something unexpected happened; this is a bug')
  say(stderr, 'hint: please open an issue with the lines below')
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  for (const line of stack.split('\n')) say(stderr, `  ${line}`)
}
