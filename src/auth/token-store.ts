import type { Clock } from '../lib/clock.ts'
import {
  loadLogins,
  proveWritable,
  removeLeftovers,
  type StoredLogin,
  saveLogins,
} from './token-file.ts'

const FIRST_RETRY_MS = 1000
const MAX_RETRY_MS = 60_000

export interface TokenStoreDeps {
  readonly path: string
  readonly clock: Clock
  readonly random: () => number
  /** The disk could not take the newest tokens (error), or has them again (none). */
  readonly onChange: (error?: unknown) => void
}

/** tokens.json as the logins see it: what can't be written now is kept and tried again. */
export interface TokenStore {
  load(): Promise<readonly StoredLogin[]>
  /** Resolves after the first attempt, durable or not; never rejects. */
  save(logins: readonly StoredLogin[]): Promise<void>
  /** @throws {AppError} TOKENS_UNWRITABLE, unless the file lags behind and protects nothing. */
  proveWritable(): Promise<void>
  /** Whether disk holds the newest tokens. */
  isPersisted(): boolean
  /** Tries once more if need be, then no longer. */
  stop(): Promise<void>
}

export function createTokenStore({ path, clock, random, onChange }: TokenStoreDeps): TokenStore {
  const stopping = new AbortController()
  let newest: readonly StoredLogin[] = []
  let isPersisted = true
  let isRetrying = false
  let queue: Promise<void> = Promise.resolve()

  /** One at a time, and always the newest: an older list never overwrites a newer one. */
  const write = (): Promise<void> => {
    queue = queue.then(async () => {
      try {
        await saveLogins(path, newest)
        if (!isPersisted) onChange()
        isPersisted = true
      } catch (error) {
        const isNews = isPersisted
        isPersisted = false
        if (isNews) onChange(error)
      }
    })
    return queue
  }
  const retry = async (): Promise<void> => {
    if (isRetrying) return
    isRetrying = true
    try {
      for (let failures = 0; !isPersisted; failures++) {
        const ceilingMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures)
        await clock.sleep(ceilingMs * (0.5 + random() / 2), stopping.signal)
        await write()
      }
    } catch {
      // stopping: stop() makes the last attempt
    } finally {
      isRetrying = false
    }
  }
  return {
    async load() {
      const logins = (await loadLogins(path)) ?? []
      await removeLeftovers(path).catch(() => undefined) // a folder we can't change or see
      newest = logins
      return logins
    },
    async save(logins) {
      newest = logins
      await write()
      void retry()
    },
    async proveWritable() {
      if (isPersisted) await proveWritable(path, newest)
    },
    isPersisted: () => isPersisted,
    async stop() {
      stopping.abort()
      await queue
      if (!isPersisted) await write()
    },
  }
}
