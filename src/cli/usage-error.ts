import type { CommanderError } from 'commander'
import { nearestName } from '../config/nearest.ts'
import { AppError } from '../lib/errors.ts'

/** An invalid command line. */
export interface BadLine {
  /** The arguments as the program split them: `help` or a command first, unless flags come first. */
  readonly args: readonly string[]
  /** The first word that belongs to neither a flag nor a command. */
  readonly stray: string | undefined
  /** The names of all commands. */
  readonly commands: readonly string[]
  /** The words that several commands begin with, and what may follow each. */
  readonly groups: Readonly<Record<string, readonly string[]>>
}

const HELP = 'help'

/** Whether somebody asked for help on a command that doesn't exist. */
export const isHelpOfNothing = ({
  args: [first, of],
  commands,
}: Pick<BadLine, 'args' | 'commands'>): boolean =>
  first === HELP && of !== undefined && ![HELP, ...commands].includes(of)

/** @param cause Commander's error; its message is used as it is for wrong flags. */
export function usageError(cause: CommanderError, line: BadLine): AppError {
  const message = wrongCommand(line) ?? withoutValues(cause.message.replace(/^error: /, ''))
  return new AppError('USAGE', message, {
    hint: 'Run `monzo-exporter --help` to see the commands, and with --all the flags.',
    cause,
  })
}

/** Commander quotes a wrong flag together with its value, which may be a secret. */
const withoutValues = (message: string): string => message.replace(/'(--?[\w-]+)=[\s\S]*'/, "'$1'")

/** @returns what is wrong with the command; `undefined` if the mistake is elsewhere. */
function wrongCommand({ args, stray, commands, groups }: BadLine): string | undefined {
  const [first = '', of] = args
  const group = Object.hasOwn(groups, first) ? groups[first] : undefined
  if (group && of === undefined) return `${first} needs a word more: ${group.join(', ')}`
  if (group && of !== undefined && /^[^-]/.test(of) && !group.includes(of))
    return unknown(of, group)
  if (commands.includes(first)) return undefined
  if (first === HELP && of !== undefined) return unknown(of, commands)
  if (/^[^-]/.test(first)) return unknown(first, commands)
  if (stray === undefined) return undefined
  if (commands.includes(stray))
    return `'${stray}' has to come first: monzo-exporter ${stray}, then its flags`
  if (nearest(stray, commands) !== undefined) return unknown(stray, commands)
  return 'a word is neither a command nor the value of a flag; values with spaces need quotes'
}

function unknown(word: string, commands: readonly string[]): string {
  const near = nearest(word, commands)
  const advice = near === undefined ? '' : `: did you mean '${near}'?`
  // Don't quote a longer word: it is unlikely to be a command, and may be a secret without its flag.
  return /^[\w-]{1,24}$/.test(word) ? `unknown command '${word}'${advice}` : 'unknown command'
}

function nearest(word: string, commands: readonly string[]): string | undefined {
  const near = nearestName(
    word,
    commands.map((name) => name.replaceAll('-', '_')),
  )
  return near?.replaceAll('_', '-')
}
