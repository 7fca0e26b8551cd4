/** A request without its transport. */
export interface ApiRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Fields of a form-encoded or multipart body; empty for any other. */
  readonly form: URLSearchParams
  readonly authorization: string | undefined
}

/** What comes back; `body` is sent as JSON. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** 200 with this body. */
export const ok = (body: unknown): Reply => ({ status: 200, headers: {}, body })
