import { createInFlight } from '../lib/in-flight.ts'

/** A reason to believe that an account has just changed. */
export interface Hint {
  readonly loginId: string
  readonly accountId: string
  /** Few calls are left for this minute: only what has most likely changed is read. */
  readonly isThrifty: boolean
}

/** Reads an account. @returns whether there is something new to show. */
export type Reread = (hint: Hint, signal: AbortSignal) => Promise<boolean>

/**
 * Reads single accounts between the polls of a login. It counts for none of them: one that fails
 * changes nothing, and what is wrong with Monzo is told by the next poll.
 */
export class Rereader {
  readonly #reread: Reread
  readonly #stopping = new AbortController()
  readonly #inFlight = createInFlight()
  constructor(reread: Reread) {
    this.#reread = reread
  }

  /** @param onRead there is something new to show. */
  hint(hint: Hint, onRead: () => void): void {
    const reading = this.#reread(hint, this.#stopping.signal)
    const shown = reading.then((isNew) => (isNew ? onRead() : undefined))
    void this.#inFlight.track(shown).catch(() => undefined)
  }

  /** Resolves when what was under way has given up. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'))
    await this.#inFlight.settled()
  }
}
