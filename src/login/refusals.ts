/** Which accounts refuse to have their pots (or transactions) read, and when that is a failure. */
export class Refusals {
  readonly #refused = new Map<string, unknown>()
  readonly #hasAnswered = new Set<string>()

  /** Whether the account is not to be asked for now. */
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
   * The refusals that are failures: those of accounts that have answered before, or of all accounts. An
   * account that alone has never answered simply has no pots (or transactions).
   */
  failuresOf(accountIds: readonly string[]): readonly unknown[] {
    const isEvery = accountIds.every((id) => this.#refused.has(id))
    return accountIds
      .filter((id) => this.#refused.has(id) && (isEvery || this.#hasAnswered.has(id)))
      .map((id) => this.#refused.get(id))
  }
}
