/** One request to the API, for tests. Holds no token and no body. */
export interface SeenRequest {
  readonly atMs: number
  readonly method: string
  /** Method and pattern, such as `GET /transactions/:id`; unknown paths as they were sent. */
  readonly endpoint: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** The `grant_type` of `POST /oauth2/token`. */
  readonly grantType?: string
  /** The user whose token was sent. */
  readonly userId?: string
  /** 0 when the connection was cut without a reply. */
  readonly status: number
  /** The kind of fault that was applied. */
  readonly fault?: string
}

const MAX_SEEN = 10_000 // enough for a day of polls

/** The requests that the API received. */
export interface Journal {
  note(request: SeenRequest): void
  /** The newest 10,000, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** The number of all requests since the start, by endpoint and status. */
  readonly counts: Readonly<Record<string, Readonly<Record<number, number>>>>
}

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
