import { Command, CommanderError } from 'commander'
import { flagOptions } from '../config/settings.ts'
import { AppError } from '../lib/errors.ts'
import { checkConfig } from './check-config.ts'
import { demo } from './demo.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { serve } from './serve.ts'
import type { World } from './world.ts'

type Flags = Readonly<Record<string, string | boolean>>
type Action = (world: World, flags: Flags) => Promise<ExitCode>

/** The command line, from the table of settings and one line a command. */
export function createProgram(world: World): { run(): Promise<ExitCode> } {
  let code: ExitCode = EXIT.ok
  const does = (action: Action) => async (options: Record<string, string | boolean>) => {
    code = await action(world, snakeCased(options))
  }
  const program = new Command('monzo-exporter')
    .description('Exports Monzo balances, pots and spending to Prometheus.')
    .version(`monzo-exporter ${world.build.version} (${world.build.revision})`, '--version')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: () => undefined, // told once, by run
    })
  withSettings(program.command('serve', { isDefault: true }))
    .description('run the exporter (what happens without a command)')
    .action(does(serve))
  withSettings(program.command('check-config'))
    .description('read the configuration, say what is wrong with it, and exit')
    .action(does(checkConfig))
  program
    .command('demo')
    .description('run the exporter against a simulated Monzo; nothing to configure')
    .option('--approve', 'do the clicks too, so that a balance is exported within seconds')
    .action(does(demo))

  return {
    async run() {
      try {
        await program.parseAsync(world.args, { from: 'user' })
        return code
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error
        if (error.exitCode === 0) return EXIT.ok // --help, --version
        throw usageError(error)
      }
    },
  }
}

const usageError = (cause: CommanderError) =>
  new AppError('USAGE', cause.message.replace(/^error: /, ''), {
    hint: 'Run `monzo-exporter --help` to see commands and flags.',
    cause,
  })

function withSettings(command: Command): Command {
  command.option('--config <file>', 'the configuration file (default: ./config.toml)')
  for (const { flag, takesValue, valueName, negatable, description } of flagOptions()) {
    command.option(takesValue ? `${flag} <${valueName}>` : `${flag} [${valueName}]`, description)
    if (negatable) command.option(flag.replace(/^--/, '--no-'), `not: ${description}`)
  }
  return command
}

/** Commander names options in camelCase; settings are in snake_case everywhere. */
function snakeCased(options: Readonly<Record<string, string | boolean>>): Flags {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  )
}
