import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type KnownTime, withKnown } from '../../src/history/known-time.ts'
import { nextSpan, type ReadingNeeds } from '../../src/history/reading-plan.ts'
import { ms } from './postings.ts'

const DAY_MS = 86_400_000
const NOW = '2026-11-22T10:00:00Z'
const OLDEST_SHOWN = '2026-08-26T10:00:00Z'
const CREATED = '2024-02-10T12:00:00Z'

const plan = (needs: Partial<ReadingNeeds>, ...known: [from: string, to: string][]) => {
  const spans = known.map(([from, to]) => ({ startMs: ms(from), endMs: ms(to) }))
  const next = nextSpan({
    ...{ createdMs: ms(CREATED), nowMs: ms(NOW), isAllShown: false, recentReadAtMs: ms(NOW) },
    ...{ known: spans, ...needs },
  })
  if (!next) return 'nothing'
  const iso = (at: number) => new Date(at).toISOString().replace('.000', '')
  const { startMs, endMs } = next.span
  return `${next.isGap ? 'gap' : 'again'} ${iso(startMs)} ${iso(endMs)}`
}
const ALL = { isAllShown: true }

describe('What is read next', () => {
  const cases: [title: string, plan: string, expected: string][] = [
    [
      'the oldest 364 days, while everything is shown',
      plan(ALL),
      `gap ${CREATED} 2025-02-08T12:00:00Z`,
    ],
    [
      'then what follows',
      plan(ALL, [CREATED, '2025-02-08T12:00:00Z']),
      'gap 2025-02-08T12:00:00Z 2026-02-07T12:00:00Z',
    ],
    [
      'what is younger than 88 days at last',
      plan(ALL, [CREATED, OLDEST_SHOWN]),
      `gap ${OLDEST_SHOWN} ${NOW}`,
    ],
    [
      'the first moment that is unknown, after an approval that was too short',
      plan(ALL, [CREATED, '2025-01-01T00:00:00Z'], ['2025-08-01T00:00:00Z', NOW]),
      'gap 2025-01-01T00:00:00Z 2025-08-01T00:00:00Z',
    ],
    ['the last 88 days, when nothing older is shown', plan({}), `gap ${OLDEST_SHOWN} ${NOW}`],
    [
      'not what is older than that',
      plan({}, [CREATED, '2025-01-01T00:00:00Z'], [OLDEST_SHOWN, NOW]),
      'nothing',
    ],
    ['nothing that polls go on from', plan(ALL, [CREATED, '2026-11-21T10:00:01Z']), 'nothing'],
    [
      'what was missed in a day without polls',
      plan({}, [CREATED, '2026-11-21T09:00:00Z']),
      `gap 2026-11-21T09:00:00Z ${NOW}`,
    ],
    [
      'the last 88 days again after a day',
      plan({ recentReadAtMs: ms('2026-11-21T10:00:00Z') }, [CREATED, NOW]),
      `again ${OLDEST_SHOWN} ${NOW}`,
    ],
    [
      'them after a start, and when the clock was set',
      plan({ recentReadAtMs: undefined }, [CREATED, NOW]) ===
      plan({ recentReadAtMs: ms('2027-01-01T00:00:00Z') }, [CREATED, NOW])
        ? 'both'
        : 'not both',
      'both',
    ],
    [
      'no more than there is of a young account',
      plan({ createdMs: ms('2026-11-22T09:00:00Z') }),
      `gap 2026-11-22T09:00:00Z ${NOW}`,
    ],
    [
      'nothing of an account from the future',
      plan({ createdMs: ms('2027-01-01T00:00:00Z') }),
      'nothing',
    ],
  ]
  for (const [title, actual, expected] of cases) it(title, () => assert.equal(actual, expected))

  it('comes to an end, in ranges that Monzo accepts, and leaves no gap it could close', () => {
    const time = fc.integer({ min: ms('2015-02-01T00:00:00Z'), max: ms(NOW) })
    fc.assert(
      fc.property(
        time,
        fc.array(fc.tuple(time, time)),
        fc.boolean(),
        (createdMs, spans, isAllShown) => {
          let known: KnownTime = []
          for (const [startMs, endMs] of spans) known = withKnown(known, { startMs, endMs })
          let reads = 0
          for (;;) {
            const nowMs = ms(NOW)
            const next = nextSpan({ createdMs, known, nowMs, isAllShown, recentReadAtMs: nowMs })
            if (!next) break
            const { startMs, endMs } = next.span
            assert.ok(endMs - startMs < 365 * DAY_MS && endMs > startMs)
            assert.ok(isAllShown || startMs > nowMs - 89 * DAY_MS)
            known = withKnown(known, next.span)
            assert.ok(++reads < 100)
          }
        },
      ),
    )
  })
})
