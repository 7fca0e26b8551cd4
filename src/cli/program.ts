import { Command, CommanderError } from 'commander'
import type { CommandContext, Flags } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { serve } from './serve.ts'
import {
  ABOUT_SETTINGS,
  EVERYDAY,
  snakeCased,
  withEverydaySettings,
  withSettings,
} from './setting-options.ts'
import { isHelpOfNothing, usageError } from './usage-error.ts'

/** A command, as described in `--help`. */
interface CommandRow {
  readonly name: string
  readonly description: string
  readonly options: (command: Command) => Command
  readonly run: (context: CommandContext, flags: Flags) => Promise<ExitCode>
}

const ABOUT_SANDBOX = `
Everybody in it has more than three years of transactions, and the same seed gives the same ones.
At the admin API, GET /scenarios lists the situations that it can play, such as an approval whose
five minutes end early, a page that fails, or an account with 100,000 transactions; so does the
front page of the login pages. POST /scenarios/<name> plays one. GET /books/<account_id> has the
bank's own books, day by day, to compare the exporter with.`

/** A word that says what several commands are about. */
interface CommandGroup {
  readonly name: string
  readonly description: string
  readonly commands: readonly CommandRow[]
}

const HISTORY: readonly CommandRow[] = [
  {
    name: 'export',
    description: 'write the days that are kept as points for a database; reads only',
    options: (command) =>
      withSettings(
        command
          .option('--output <FILE>', 'where to (default: standard output)')
          .option('--force', 'replace that file if it exists')
          .option('--from <DATE>', 'the first day, such as 2024-02-29 (default: the oldest)')
          .option('--to <DATE>', 'the last day (default: yesterday)')
          .option(
            '--label <NAME=VALUE>',
            'a label for every series, may be repeated (default: job=monzo)',
            (label: string, before: string | undefined) =>
              before === undefined ? label : `${before}\n${label}`,
          )
          .option(
            '--format <FORMAT>',
            'openmetrics for promtool, prometheus for VictoriaMetrics (default: openmetrics)',
          ),
      ),
    run: async (context, flags) =>
      (await import('./history-export.ts')).historyExport(context, flags),
  },
  {
    name: 'status',
    description: 'say since when everything is known, how much is kept, and what is missing',
    options: withSettings,
    run: async (context, flags) =>
      (await import('./history-status.ts')).historyStatus(context, flags),
  },
  {
    name: 'forget',
    description: 'delete what is kept; not while the exporter runs',
    options: (command) =>
      withSettings(command.option('--account <ID>', 'only of this account; otherwise of all')),
    run: async (context, flags) =>
      (await import('./history-forget.ts')).historyForget(context, flags),
  },
]

/** Commands that run once are imported on demand: the exporter must not keep them in memory. */
export const COMMANDS: readonly (CommandRow | CommandGroup)[] = [
  {
    name: 'serve',
    description: 'run the exporter (what happens without a command)',
    options: withSettings,
    run: serve,
  },
  {
    name: 'init',
    description: 'ask for the everyday settings, and write config.toml',
    options: withEverydaySettings,
    run: async (context, flags) => (await import('./init.ts')).init(context, flags),
  },
  {
    name: 'check-config',
    description: 'read the configuration, say what is wrong with it, and exit',
    options: withSettings,
    run: async (context, flags) => (await import('./check-config.ts')).checkConfig(context, flags),
  },
  {
    name: 'doctor',
    description: 'look for whatever keeps the exporter from working, and say what to do',
    options: withSettings,
    run: async (context, flags) => (await import('./doctor.ts')).doctor(context, flags),
  },
  {
    name: 'logout',
    description: 'log out at Monzo and forget the login; not while the exporter runs',
    options: (command) =>
      withSettings(command.option('--user <ID>', 'only this user; otherwise every one')),
    run: async (context, flags) => (await import('./logout.ts')).logout(context, flags),
  },
  {
    name: 'history',
    description: 'export, describe or forget the past that is kept',
    commands: HISTORY,
  },
  {
    name: 'healthcheck',
    description: 'ask the running exporter whether it is healthy; exit 0 if so, 1 if not',
    options: withSettings,
    run: async (context, flags) => (await import('./healthcheck.ts')).healthcheck(context, flags),
  },
  {
    name: 'demo',
    description: 'run the exporter against a simulated Monzo; nothing to configure',
    options: (command) =>
      command.option(
        '--approve',
        'do the clicks too, so that a balance is exported within seconds',
      ),
    run: async (context, flags) => (await import('./demo.ts')).demo(context, flags),
  },
  {
    name: 'sandbox',
    description: 'run the simulated Monzo alone, to point an exporter at',
    options: (command) =>
      command
        .option('--host <ADDRESS>', 'where to listen (default: 127.0.0.1)')
        .option('--auth-port <PORT>', 'port of the login pages (default: any free one)')
        .option('--api-port <PORT>', 'port of the API (default: any free one)')
        .option('--admin-port <PORT>', 'port to direct it by (default: any free one)')
        .option('--redirect-uri <URL>', 'redirect_uri of the exporter (default: its own default)')
        .option('--seed <NUMBER>', 'decides on what happens by itself (default: 1)')
        .addHelpText('after', ABOUT_SANDBOX),
    run: async (context, flags) => (await import('./sandbox.ts')).sandbox(context, flags),
  },
  {
    name: 'licenses',
    description: 'print the licenses of everything this program contains',
    options: (command) => command,
    run: async (context) => (await import('./licenses.ts')).licenses(context),
  },
]

const GROUPS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  COMMANDS.flatMap((row) =>
    'commands' in row ? [[row.name, row.commands.map(({ name }) => name)]] : [],
  ),
)

/** Creates the command line from the tables of settings and commands. */
export function createProgram(context: CommandContext): { run(): Promise<ExitCode> } {
  let code: ExitCode = EXIT.ok
  const program = new Command('monzo-exporter')
    .description('Exports Monzo balances, pots and spending to Prometheus.')
    .version(`monzo-exporter ${context.build.version} (${context.build.revision})`, '--version')
    .usage('[command] [options]')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ minWidthToWrap: 30 }) // the width that long flags leave of 80 columns
    .configureOutput({
      getOutHelpWidth: () => context.columns ?? 100,
      writeOut: (text) => context.stdout.write(text),
      writeErr: () => undefined, // `run` prints the error, only once
    })
  const add = (parent: Command, row: CommandRow | CommandGroup): void => {
    const { name, description } = row
    const command = parent.command(name, { isDefault: name === 'serve' }).description(description)
    if ('commands' in row) {
      for (const one of row.commands) add(command, one)
      return
    }
    // Adding all flags to all commands would take a tenth of the startup time.
    if (name === 'serve' || context.args.includes(name)) row.options(command)
    command.action(async (given: Record<string, string | boolean>) => {
      code = await row.run(context, snakeCased(given))
    })
  }
  for (const row of COMMANDS) add(program, row)
  showSettings(program)

  return {
    async run() {
      try {
        await program.parseAsync(context.args, { from: 'user' })
        return code
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error
        const commands = COMMANDS.map(({ name }) => name)
        const line = { args: program.args, commands, groups: GROUPS }
        const isGroupAlone = error.exitCode !== 0 && (program.args[0] ?? '') in GROUPS
        const isAnswered = /^commander\.(?:help|version)/.test(error.code) && !isGroupAlone
        if (isAnswered && !isHelpOfNothing(line)) {
          const isAboutHelp = line.args.slice(0, 2).join(' ') === 'help help'
          if (isAboutHelp) program.outputHelp() // Commander has no help for `help` itself
          return EXIT.ok
        }
        throw usageError(error, { ...line, stray: strayWord(program, error) })
      }
    },
  }
}

/** Without a command the program serves, so its own help also lists the settings of `serve`. */
function showSettings(program: Command): void {
  const settings = (): string => {
    const help = program.commands.find((command) => command.name() === 'serve')?.helpInformation()
    return help?.slice(help.indexOf(EVERYDAY), help.lastIndexOf('Options:')) ?? ''
  }
  program
    .addHelpText('after', () => `\n${settings().trimEnd()}\n${ABOUT_SETTINGS}`)
    .addHelpText('after', '\n`monzo-exporter <command> --help` explains a command.')
}

/** The surplus argument of `serve`, which gets everything that is no other command. */
function strayWord({ commands }: Command, { code }: CommanderError): string | undefined {
  if (code !== 'commander.excessArguments') return undefined
  return commands.find((command) => command.name() === 'serve')?.args[0]
}
