import type { IncomingMessage } from 'node:http'
import type { Clock } from '../lib/clock.ts'

/** When somebody last asked for the metrics. Unix ms; absent before that. */
export interface ScrapeNews {
  /** Since when this is known. */
  readonly startedAtMs: number
  readonly lastAtMs?: number | undefined
  /** When the token was missing or wrong. */
  readonly refusedAtMs?: number | undefined
}

/** Remembers scrapes, for the status page. */
export interface Scrapes {
  answered(request: Pick<IncomingMessage, 'headers'>): void
  refused(): void
  readonly news: ScrapeNews
}

export function createScrapes(clock: Pick<Clock, 'now'>): Scrapes {
  let news: ScrapeNews = { startedAtMs: clock.now() }
  return {
    answered({ headers }) {
      // A person who follows the link to the metrics is no Prometheus.
      if (headers.accept?.includes('text/html') !== true)
        news = { ...news, lastAtMs: clock.now(), refusedAtMs: undefined }
    },
    refused() {
      news = { ...news, refusedAtMs: clock.now() }
    },
    get news() {
      return news
    },
  }
}
