import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { typedCommand } from '../../src/cli/typed.ts'
import { createContext } from '../fakes/context.ts'

describe('A command that the program names', () => {
  for (const [script, cwd, typed] of [
    ['/clone/dist/main.js', '/clone', 'node dist/main.js'],
    ['/clone/dist/main.js', '/home/sam', 'node ../../clone/dist/main.js'],
    ["/it's mine/dist/main.js", '/', "node 'it'\\''s mine/dist/main.js'"],
    ['/usr/local/bin/monzo-exporter', '/clone', 'monzo-exporter'],
    [undefined, '/', 'monzo-exporter'],
  ] as const)
    it(`is ${typed} for somebody who ran ${script} in ${cwd}`, () => {
      assert.equal(typedCommand(script, cwd), typed)
    })
  it('is in every hint as it can be typed in a clone', async (t) => {
    for (const [args, hint] of [
      [['--what'], 'Run `node dist/main.js --help` to see the commands, and with --all the flags.'],
      [[], 'Run `node dist/main.js demo` to look first: it needs nothing.'],
      [
        ['--log-level=x'],
        'Correct what is named above, then run `node dist/main.js check-config`.',
      ],
    ] as const) {
      const { context, stderr } = await createContext(t, args)
      await run({ ...context, typed: 'node dist/main.js' })
      assert.ok(stderr().endsWith(`\nhint: ${hint}\n`), stderr())
      assert.ok(!stderr().includes('`monzo-exporter'), stderr())
    }
  })
})
