import type { Clock } from '../../lib/clock.ts'

/** A feed item: a card in a person's Monzo app. */
export interface FeedItem {
  readonly atMs: number
  readonly userId: string
  readonly accountId: string
  /** The fields as sent: `type`, `url`, and each `params[name]` under `name`. */
  readonly fields: Readonly<Record<string, string>>
}

/** The newest 1,000 feed items that clients have posted. */
export interface Feed {
  add(item: Omit<FeedItem, 'atMs'>): void
  /** Oldest first. */
  readonly items: readonly FeedItem[]
}

const MAX_ITEMS = 1000

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
