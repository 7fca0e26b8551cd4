import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createPatient, createTally, killAgainAndAgain } from './kills.ts'

const KILLS = 12 // hundreds in `npm run test:chaos`

it('loses no login whose reply was on disk, however often it is killed', async (t) => {
  const patient = await createPatient(t, 'sam@example.com')
  const tally = createTally()
  const isOver = () => tally.kills >= KILLS
  await killAgainAndAgain(patient, { tally, random: Math.random, isOver })
  t.diagnostic(JSON.stringify(tally))
  assert.deepEqual(tally.violations, [])
  assert.ok(tally.refreshes > 0)
})
