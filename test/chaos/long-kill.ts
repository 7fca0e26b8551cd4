import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { startExporter } from './exporter.ts'
import { createHistoryTally, killHistoryAgainAndAgain } from './history-kills.ts'
import { EVERY_STEP, hasStrace, killAtEach } from './inject.ts'
import { createPatient, createTally, examine, killAgainAndAgain, type Tally } from './kills.ts'

const SECONDS = Number(process.env['TESTS_CHAOS_SECONDS'] ?? 120)
const EMAILS = ['sam@example.com', 'robin@example.com'] as const
const random = Math.random
const startedMs = performance.now()
const isOver = () => performance.now() - startedMs > SECONDS * 1000

function judge(t: { diagnostic(text: string): void }, tally: Tally): void {
  t.diagnostic(JSON.stringify(tally))
  assert.deepEqual(tally.violations, [])
  assert.ok(tally.refreshes > 0)
}

describe(`Killed for ${SECONDS} s, no login is lost whose reply was on disk:`, {
  concurrency: true,
}, () => {
  for (const email of EMAILS)
    it(`the keeper of the tokens of ${email}, at random moments`, async (t) => {
      const patient = await createPatient(t, email)
      const tally = createTally()
      await killAgainAndAgain(patient, { tally, random, isOver })
      judge(t, tally)
    })
  it('the history that is read in, of which every day that is called known is whole', async (t) => {
    const patient = await createPatient(t, EMAILS[0])
    const tally = createHistoryTally()
    await killHistoryAgainAndAgain(t, patient, { tally, random, isOver })
    t.diagnostic(JSON.stringify(tally))
    assert.deepEqual(tally.violations, [])
    assert.ok(tally.halfWay > 0 && tally.whole > 0)
  })
  it('the keeper, at every step there is', async (t) => {
    if (!hasStrace(t)) return
    const patient = await createPatient(t, EMAILS[0])
    const tally = createTally()
    await killAtEach(patient, EVERY_STEP, tally)
    judge(t, tally)
  })
  for (const lane of ['one', 'two', 'three'])
    it(`the whole exporter, number ${lane}, which takes over from its dead self each time`, async (t) => {
      const patient = await createPatient(t, EMAILS[0])
      patient.sandbox.setKnobs({ expiresIn: 1 }) // each start and each poll refreshes
      const tally = createTally()
      await patient.logIn()
      const { exchanges, refused } = patient.wire
      // On a busy machine a life may end before its first refresh: one at least has to be seen.
      while (!isOver() || tally.refreshes === 0) {
        const before = { given: exchanges.length, refused: refused.length }
        const exporter = await startExporter(t, patient)
        await exporter.says('Serving')
        await systemClock.sleep(random() * (random() < 0.2 ? 6000 : 150))
        await exporter.kill()
        await patient.wire.quiet()
        tally.kills++
        tally.refreshes += exchanges.length - before.given
        if (refused.length > before.refused || !exporter.output().includes('Serving'))
          tally.violations.push(exporter.output())
        if (!(await examine(patient, tally))) await patient.logIn()
      }
      judge(t, tally)
    })
})
