import { Command, CommanderError, Help } from 'commander'
import type { CommandContext, Flags } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import {
  ABOUT_SETTINGS,
  EVERYDAY,
  HELP_WITH_SETTINGS,
  snakeCased,
  withEverydaySettings,
  withSettings,
} from './setting-options.ts'
import { asTyped } from './typed.ts'
import { isHelpOfNothing, usageError } from './usage-error.ts'

/** A command, as described in `--help`. */
interface CommandRow {
  readonly name: string
  readonly description: string
  /** @param isAll whether its help lists every setting. */
  readonly options: (command: Command, isAll: boolean) => Command
  readonly run: (context: CommandContext, flags: Flags) => Promise<ExitCode>
}

const ABOUT_SANDBOX = `
Every person in it has more than three years of transactions; the same seed makes the same ones.

The admin API controls it. GET /scenarios lists the situations that it can play, such as an
approval whose five minutes end early, or an account with 100,000 transactions. POST
/scenarios/<name> plays one. GET /books/<account_id> returns the bank's own books, day by day.`

/** A word that says what several commands are about. */
interface CommandGroup {
  readonly name: string
  readonly description: string
  readonly commands: readonly CommandRow[]
}

const HISTORY: readonly CommandRow[] = [
  {
    name: 'export',
    description: 'write a point for every day that is kept, for a database',
    options: (command, isAll) =>
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
        isAll,
      ),
    run: async (context, flags) =>
      (await import('./history-export.ts')).historyExport(context, flags),
  },
  {
    name: 'status',
    description: 'say since when everything is known, and what is missing',
    options: withSettings,
    run: async (context, flags) =>
      (await import('./history-status.ts')).historyStatus(context, flags),
  },
  {
    name: 'forget',
    description: 'delete what is kept, while the exporter is stopped',
    options: (command, isAll) =>
      withSettings(
        command.option('--account <ID>', 'only this account; otherwise every one'),
        isAll,
      ),
    run: async (context, flags) =>
      (await import('./history-forget.ts')).historyForget(context, flags),
  },
]

/** Imported on demand: the exporter must not keep the others in memory, and a health check starts without it. */
export const COMMANDS: readonly (CommandRow | CommandGroup)[] = [
  {
    name: 'serve',
    description: 'run the exporter; the same as no command',
    options: (command) => withSettings(command, true), // nothing else is there to say
    run: async (context, flags) => (await import('./serve.ts')).serve(context, flags),
  },
  {
    name: 'init',
    description: 'ask for your settings, and write config.toml',
    options: withEverydaySettings,
    run: async (context, flags) => (await import('./init.ts')).init(context, flags),
  },
  {
    name: 'check-config',
    description: 'find mistakes in the configuration',
    options: withSettings,
    run: async (context, flags) => (await import('./check-config.ts')).checkConfig(context, flags),
  },
  {
    name: 'doctor',
    description: 'find out what keeps the exporter from working',
    options: withSettings,
    run: async (context, flags) => (await import('./doctor.ts')).doctor(context, flags),
  },
  {
    name: 'logout',
    description: 'log out at Monzo, while the exporter is stopped',
    options: (command, isAll) =>
      withSettings(command.option('--user <ID>', 'only this user; otherwise every one'), isAll),
    run: async (context, flags) => (await import('./logout.ts')).logout(context, flags),
  },
  {
    name: 'history',
    description: 'export, describe or delete the transactions that are kept',
    commands: HISTORY,
  },
  {
    name: 'healthcheck',
    description: 'ask the running exporter whether it is healthy',
    options: withSettings,
    run: async (context, flags) => (await import('./healthcheck.ts')).healthcheck(context, flags),
  },
  {
    name: 'demo',
    description: 'try the exporter with a simulated Monzo, without settings',
    options: (command) =>
      command.option('--approve', 'log in and approve automatically: a balance within seconds'),
    run: async (context, flags) => (await import('./demo.ts')).demo(context, flags),
  },
  {
    name: 'sandbox',
    description: 'run the simulated Monzo alone',
    options: (command) =>
      command
        .option('--host <ADDRESS>', 'where to listen (default: 127.0.0.1)')
        .option('--auth-port <PORT>', 'port of the login pages (default: any free one)')
        .option('--api-port <PORT>', 'port of the API (default: any free one)')
        .option('--admin-port <PORT>', 'port of the API that controls it (default: any free one)')
        .option('--redirect-uri <URL>', 'redirect_uri of the exporter (default: its own default)')
        .option('--seed <NUMBER>', 'decides what happens by chance (default: 1)')
        .addHelpText('after', ABOUT_SANDBOX),
    run: async (context, flags) => (await import('./sandbox.ts')).sandbox(context, flags),
  },
  {
    name: 'licenses',
    description: 'print the licenses of all software in this program',
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
  const isAll = context.args.includes('--all')
  const program = new Command('monzo-exporter')
    .description('Your Monzo balances, pots and spending as Prometheus metrics.')
    .version(
      `monzo-exporter ${context.build.version} (${context.build.revision})`,
      '--version',
      'print the version',
    )
    .usage('[command] [options]')
    .enablePositionalOptions()
    .exitOverride()
    .helpCommand('help [command]', 'explain a command')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({
      minWidthToWrap: 30, // the width that long flags leave of 80 columns
      subcommandTerm: (command) => command.name(),
      formatHelp: (command, help) =>
        commandsFirst(Help.prototype.formatHelp.call(help, command, help)),
    })
    .configureOutput({
      getOutHelpWidth: () => context.columns ?? 100,
      writeOut: (text) => context.stdout.write(asTyped(text, context)),
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
    if (name === 'serve' || context.args.includes(name)) row.options(command, isAll)
    command.action(async (given: Record<string, string | boolean>) => {
      code = await row.run(context, snakeCased(given))
    })
  }
  for (const row of COMMANDS) add(program, row)
  program.helpOption(...HELP_WITH_SETTINGS)
  program.addHelpText('after', () => `\n${isAll ? settingsOf(program) : NEXT}`)

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

const NEXT = `Settings: config.toml, which init writes, or variables, or flags (serve --help).
Trouble: docs/troubleshooting.md, or /assets/help of the running exporter.`

/** Without a command the program serves, so these are the settings of `serve`. */
function settingsOf(program: Command): string {
  const help = program.commands.find((command) => command.name() === 'serve')?.helpInformation()
  const list = help?.slice(help.indexOf(EVERYDAY), help.lastIndexOf('Options:')) ?? ''
  return `${list.trimEnd()}\n${ABOUT_SETTINGS}`
}

/** Commander puts options before commands. */
const commandsFirst = (help: string): string =>
  help.replace(/^(Options:\n(?:.+\n)+)\n(Commands:\n(?:.+\n)+)/m, '$2\n$1')

/** The surplus argument of `serve`, which gets everything that is no other command. */
function strayWord({ commands }: Command, { code }: CommanderError): string | undefined {
  if (code !== 'commander.excessArguments') return undefined
  return commands.find((command) => command.name() === 'serve')?.args[0]
}
