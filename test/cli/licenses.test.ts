import assert from 'node:assert/strict'
import { it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { createContext } from '../fakes/context.ts'

it('licenses says from sources where the licenses are', async (t) => {
  const { context, stdout } = await createContext(t, ['licenses'])
  assert.equal(await run(context), 0)
  assert.match(stdout(), /LICENSE beside its package\.json[\s\S]*node_modules[\s\S]*nodejs\/node/)
})
