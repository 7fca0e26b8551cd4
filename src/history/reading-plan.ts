import { DAY_MS } from '../lib/clock.ts'
import type { Span } from '../lib/london.ts'
import { ALWAYS_SHOWN_MS } from '../readings/posting.ts'
import { gapsIn, type KnownTime } from './known-time.ts'

const LONGEST_RANGE_MS = 364 * DAY_MS // Monzo refuses 365 days in one range
const AGAIN_EVERY_MS = DAY_MS

/** What the decision depends on. Times in Unix ms. */
export interface ReadingNeeds {
  /** When the account began. */
  readonly createdMs: number
  readonly known: KnownTime
  readonly nowMs: number
  /** Monzo shows everything: as it does for five minutes after an approval. */
  readonly isAllShown: boolean
  /** When the last 88 days were last read whole. */
  readonly recentReadAtMs?: number | undefined
}

/** A span to read, and why. */
export interface SpanToRead {
  readonly span: Span
  /** Parts of it are not known. Otherwise what is known may have changed. */
  readonly isGap: boolean
}

/**
 * What to read next: what is not known and can be read, oldest first; else once a day the last 88
 * days, of which polls only see the newest. Polls also go on from where knowledge ends, so that is
 * only read here when it ended a day ago.
 */
export function nextSpan(needs: ReadingNeeds): SpanToRead | undefined {
  const { createdMs, known, nowMs, isAllShown, recentReadAtMs = Number.NEGATIVE_INFINITY } = needs
  const recentMs = Math.max(createdMs, nowMs - ALWAYS_SHOWN_MS)
  const gaps = gapsIn(known, { startMs: isAllShown ? createdMs : recentMs, endMs: nowMs })
  const gap = gaps.find(({ startMs, endMs }) => {
    const isPollsAffair = endMs === nowMs && startMs > createdMs && nowMs - startMs < AGAIN_EVERY_MS
    return !isPollsAffair
  })
  if (gap) {
    const endMs = Math.min(gap.endMs, gap.startMs + LONGEST_RANGE_MS)
    return { span: { startMs: gap.startMs, endMs }, isGap: true }
  }
  const isDue = Math.abs(nowMs - recentReadAtMs) >= AGAIN_EVERY_MS
  return isDue && recentMs < nowMs
    ? { span: { startMs: recentMs, endMs: nowMs }, isGap: false }
    : undefined
}
