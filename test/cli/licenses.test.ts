import assert from 'node:assert/strict'
import { it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { createWorld } from '../fakes/world.ts'

it('licenses says from sources where the licenses are', async (t) => {
  const { world, stdout } = await createWorld(t, ['licenses'])
  assert.equal(await run(world), 0)
  assert.match(stdout(), /LICENSE beside its package\.json[\s\S]*node_modules[\s\S]*nodejs\/node/)
})
