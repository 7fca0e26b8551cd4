import { lstat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { callbackUrlOf } from '../config/callback.ts'
import { path as filePath } from '../config/kinds.ts'
import { loadConfig } from '../config/load.ts'
import { renderConfigFile } from '../config/new-file.ts'
import { CONFIG_KEY, envName } from '../config/settings.ts'
import { errnoInWords, mendFolder } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { type CommandContext, type Flags, say } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { type Answers, answersInFlags, askForTheRest, withDefaults } from './init-answers.ts'
import { quoted } from './typed.ts'

const USUAL_NAME = 'config.toml'

/** Asks for the everyday settings, or takes them from flags, and writes a config.toml, mode 0600. */
export async function init(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { cwd, env, stderr, isTerminal } = context
  const name = String(flags[CONFIG_KEY] ?? (env[envName(CONFIG_KEY)] || USUAL_NAME))
  const named = filePath.read(name)
  if ('faults' in named)
    throw new AppError('CONFIG_INVALID', `the name of config.toml: ${named.faults[0]?.message}`, {
      hint: 'Name the file to write with --config, or write config.toml.',
    })
  const path = resolve(cwd, name)
  const given = answersInFlags(flags, cwd)
  if (await isThere(path)) return refuse(context, path)
  const answers = isTerminal ? await askForTheRest(context, given, path) : withDefaults(given)
  if (!answers) {
    say(stderr, 'error: Nothing was written, since not every question was answered.')
    return EXIT.no
  }
  if (!(await writeNew(path, renderConfigFile([...answers.values()])))) return refuse(context, path)
  const { warnings } = loadConfig({ flags: { ...flags, [CONFIG_KEY]: path }, env: {}, cwd })
  for (const warning of warnings) say(stderr, `warning: ${warning}`)
  const isFound = path === resolve(cwd, USUAL_NAME) && !env[envName(CONFIG_KEY)]
  const { typed } = context
  const command = isFound ? typed : `${typed} --config ${quoted(name)}`
  tellWhatIsNext(context, { path, answers, command })
  return EXIT.ok
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch {
    return false // if it can't be accessed, writing it will report why
  }
}

function refuse({ stderr }: CommandContext, path: string): ExitCode {
  say(stderr, `error: ${path} is there already, and is not overwritten.`)
  say(stderr, 'hint: Edit it, move it away, or name another file with --config.')
  return EXIT.no
}

/** @returns whether it was written: false if the path exists by now. */
async function writeNew(path: string, text: string): Promise<boolean> {
  const error = await writeFile(path, text, { flag: 'wx', mode: 0o600 }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error === undefined) return true
  if (isErrno(error, 'EEXIST')) return false
  throw new AppError('CONFIG_INVALID', `${path} can't be written: ${errnoInWords(error)}`, {
    hint: `${mendFolder(dirname(path), error)}, or name another file with --config.`,
    cause: error,
  })
}

interface Written {
  readonly path: string
  readonly answers: Answers
  /** The command that starts the exporter with that file, from the current folder. */
  readonly command: string
}

function tellWhatIsNext({ stdout }: CommandContext, { path, answers, command }: Written): void {
  const url = new URL(String(answers.get('redirect_uri')?.value))
  for (const line of [
    `${path} is written; only you can read it.`,
    `Redirect URL that must be registered at Monzo: ${callbackUrlOf({ redirect_uri: url, go_mode: false })}`,
    `Next: run \`${command}\`, and open the link that it prints.`,
  ])
    say(stdout, line)
}
