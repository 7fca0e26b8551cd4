/** One request to the API, as a test wants to see it. No token, and no body. */
export interface SeenRequest {
  readonly atMs: number
  readonly method: string
  /** Method and pattern: `GET /accounts`, `GET /transactions/:id`; unknown paths as they came. */
  readonly endpoint: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Of `POST /oauth2/token`: what was asked for. */
  readonly grantType?: string
  /** Whose token it came with. */
  readonly userId?: string
  /** 0 when the connection was cut instead. */
  readonly status: number
  /** The fault that was applied to it. */
  readonly fault?: string
}

const MAX_SEEN = 10_000 // enough for a day of polls

/** What the API was asked. */
export interface Journal {
  note(request: SeenRequest): void
  /** The newest ten thousand, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** All there ever were, by endpoint and status. */
  readonly counts: Readonly<Record<string, Readonly<Record<number, number>>>>
}

/** Kept in memory, bounded. */
export function createJournal(): Journal {
  let requests: SeenRequest[] = []
  const counts: Record<string, Record<number, number>> = {}
  return {
    note(request) {
      requests.push(request)
      if (requests.length >= 2 * MAX_SEEN) requests = requests.slice(-MAX_SEEN)
      const byStatus = counts[request.endpoint] ?? {}
      byStatus[request.status] = (byStatus[request.status] ?? 0) + 1
      counts[request.endpoint] = byStatus
    },
    get requests() {
      return requests.slice(-MAX_SEEN)
    },
    counts,
  }
}
