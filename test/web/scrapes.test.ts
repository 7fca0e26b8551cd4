import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createScrapes } from '../../src/web/scrapes.ts'
import { FakeClock } from '../fakes/clock.ts'

const PROMETHEUS = { headers: { accept: 'application/openmetrics-text;version=1.0.0,*/*;q=0.1' } }
const BROWSER = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }

function setup() {
  const clock = new FakeClock('2026-11-22T10:00:00Z')
  const startedAtMs = clock.now()
  const scrapes = createScrapes(clock)
  return { clock, scrapes, startedAtMs }
}

it('knows when it began, and of no scrape before there was one', () => {
  const { scrapes, startedAtMs } = setup()
  assert.deepEqual(scrapes.news, { startedAtMs })
})
it('remembers the last scrape, but takes no person’s browser for one', async () => {
  const { scrapes, clock, startedAtMs } = setup()
  await clock.sleep(1000)
  scrapes.answered(PROMETHEUS)
  await clock.sleep(1000)
  scrapes.answered(BROWSER)
  assert.equal(scrapes.news.lastAtMs, startedAtMs + 1000)
  scrapes.answered({ headers: {} })
  assert.equal(scrapes.news.lastAtMs, startedAtMs + 2000)
})
it('remembers that somebody was turned away until a scrape is answered', async () => {
  const { scrapes, clock, startedAtMs } = setup()
  scrapes.refused()
  assert.equal(scrapes.news.refusedAtMs, startedAtMs)
  await clock.sleep(1000)
  scrapes.answered(PROMETHEUS)
  assert.equal(scrapes.news.refusedAtMs, undefined)
})
