import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { createContext } from '../fakes/context.ts'

const HINT = 'hint: Run `monzo-exporter --help` to see the commands, and with --all the flags.\n'

describe('A command that does not exist', () => {
  const lines: readonly (readonly [args: string[], said: string])[] = [
    [['chek-config'], "unknown command 'chek-config': did you mean 'check-config'?"],
    [
      ['chek-config', '--config=c.toml'],
      "unknown command 'chek-config': did you mean 'check-config'?",
    ],
    [['check_config'], "unknown command 'check_config': did you mean 'check-config'?"],
    [['logot', '--user', 'user_1'], "unknown command 'logot': did you mean 'logout'?"],
    [['exprot'], "unknown command 'exprot'"],
    [['exprot', '--poll-intervall=15s'], "unknown command 'exprot'"],
    [['help', 'chek-config'], "unknown command 'chek-config': did you mean 'check-config'?"],
    [['help', 'frob'], "unknown command 'frob'"],
    [['history'], 'history needs a word more: export, status, forget'],
    [['history', 'exprot'], "unknown command 'exprot': did you mean 'export'?"],
    [['export'], "unknown command 'export'"],
    [['--log-level', 'debug', 'docter'], "unknown command 'docter': did you mean 'doctor'?"],
    [
      ['--log-level', 'debug', 'doctor'],
      "'doctor' has to come first: monzo-exporter doctor, then its flags",
    ],
  ]
  for (const [args, said] of lines)
    it(`is named, with the nearest one, and exit code 64: ${args.join(' ')}`, async (t) => {
      const { context, stdout, stderr } = await createContext(t, args)
      assert.equal(await run(context), 64)
      assert.equal(stderr(), `error: ${said}\n${HINT}`)
      assert.equal(stdout(), '')
    })
  for (const [args, said] of [
    [
      ['--auth-key', 'correct', 'hunter2'],
      'a word is neither a command nor the value of a flag; values with spaces need quotes',
    ],
    [['mnzconf.hunter2=='], 'unknown command'],
    [["--client-secrett=hunter'2"], "unknown option '--client-secrett'"],
    [['help', 'mnzconf.hunter2=='], 'unknown command'],
    [['history', 'mnzconf.hunter2=='], 'unknown command'],
  ] as const)
    it(`is not shown where it may be a secret: ${args.join(' ')}`, async (t) => {
      const { context, stderr } = await createContext(t, args)
      assert.equal(await run(context), 64)
      assert.equal(stderr(), `error: ${said}\n${HINT}`)
    })
  it('is not what is wrong when a command that exists is handed a word', async (t) => {
    for (const command of ['serve', 'doctor']) {
      const { context, stderr } = await createContext(t, [command, 'frob'])
      assert.equal(await run(context), 64)
      assert.match(stderr(), new RegExp(`^error: too many arguments for '${command}'`))
    }
  })
})

it('explains help itself by the help of everything', async (t) => {
  const { context, stdout, stderr } = await createContext(t, ['help', 'help'])
  assert.equal(await run(context), 0)
  assert.match(stdout(), /^Usage: monzo-exporter \[command\] \[options\]\n/)
  assert.equal(stderr(), '')
})
