import type { Clock } from '../../lib/clock.ts'

/** A card in the feed of somebody's Monzo app. */
export interface FeedItem {
  readonly atMs: number
  readonly userId: string
  readonly accountId: string
  /** `params[…]` without the brackets, and `url` and `type`, as they were sent. */
  readonly fields: Readonly<Record<string, string>>
}

/** What clients have put into people's feeds: the newest thousand items. */
export interface Feed {
  add(item: Omit<FeedItem, 'atMs'>): void
  /** Oldest first. */
  readonly items: readonly FeedItem[]
}

const MAX_ITEMS = 1000

/** Kept in memory. */
export function createFeed(clock: Clock): Feed {
  const items: FeedItem[] = []
  return {
    add(item) {
      items.push({ ...item, atMs: clock.now() })
      if (items.length > MAX_ITEMS) items.shift()
    },
    items,
  }
}
