import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createHistoryTally, killHistoryAgainAndAgain } from './history-kills.ts'
import { createPatient } from './kills.ts'

const KILLS = 36 // hundreds in `npm run test:chaos`

it('calls no day of the past known that is not, however often it is killed while reading in', async (t) => {
  const patient = await createPatient(t, 'sam@example.com')
  const tally = createHistoryTally()
  const isOver = () => tally.kills >= KILLS
  await killHistoryAgainAndAgain(t, patient, { tally, random: Math.random, isOver })
  t.diagnostic(JSON.stringify(tally))
  assert.deepEqual(tally.violations, [])
  assert.ok(tally.halfWay > 0 && tally.whole > 0)
})
