/** Who answers 403 when asked for pots, or for transactions, and whose 403 is a failure. */
export class Refusals {
  readonly #refused = new Map<string, unknown>()
  readonly #hasAnswered = new Set<string>()

  /** Not to be asked now. */
  has(accountId: string): boolean {
    return this.#refused.has(accountId)
  }

  refused(accountId: string, failure: unknown): void {
    this.#refused.set(accountId, failure)
  }

  answered(accountId: string): void {
    this.#hasAnswered.add(accountId)
  }

  /** Everybody may be asked again. @param accountIds who there is now; the others are forgotten. */
  clear(accountIds: ReadonlySet<string>): void {
    this.#refused.clear()
    for (const id of this.#hasAnswered) if (!accountIds.has(id)) this.#hasAnswered.delete(id)
  }

  /**
   * The 403s that mean that something is wrong, also while nobody is asked: of accounts that have
   * answered before, or of all there are. One that alone never answered has nothing of the kind.
   */
  failuresOf(accountIds: readonly string[]): readonly unknown[] {
    const isEvery = accountIds.every((id) => this.#refused.has(id))
    return accountIds
      .filter((id) => this.#refused.has(id) && (isEvery || this.#hasAnswered.has(id)))
      .map((id) => this.#refused.get(id))
  }
}
