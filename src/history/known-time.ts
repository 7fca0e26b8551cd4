import type { Span } from '../lib/london.ts'

/** Spans of time of which every transaction is known: oldest first, none touching the next. */
export type KnownTime = readonly Span[]

/** Adds a span; joins it with those that it touches. */
export function withKnown(known: KnownTime, span: Span): KnownTime {
  if (span.endMs <= span.startMs) return known
  const isApart = (one: Span) => one.endMs < span.startMs || one.startMs > span.endMs
  const joined = [span, ...known.filter((one) => !isApart(one))]
  const startMs = Math.min(...joined.map((one) => one.startMs))
  const endMs = Math.max(...joined.map((one) => one.endMs))
  return [...known.filter(isApart), { startMs, endMs }].sort((a, b) => a.startMs - b.startMs)
}

export const isKnown = (known: KnownTime, { startMs, endMs }: Span): boolean =>
  endMs <= startMs || known.some((one) => one.startMs <= startMs && one.endMs >= endMs)

/** The parts of a span that are not known, oldest first. */
export function gapsIn(known: KnownTime, { startMs, endMs }: Span): readonly Span[] {
  const gaps: Span[] = []
  let fromMs = startMs
  for (const one of known) {
    if (one.startMs >= endMs) break
    if (one.startMs > fromMs) gaps.push({ startMs: fromMs, endMs: one.startMs })
    fromMs = Math.max(fromMs, one.endMs)
  }
  if (fromMs < endMs) gaps.push({ startMs: fromMs, endMs })
  return gaps
}
