import type { World } from '../world.ts'

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

/** The answer to a request; `body` is sent as JSON. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** 200 with this body. */
export const ok = (body: unknown): Reply => ({ status: 200, headers: {}, body })

/** A request with the values of its route's placeholders. */
export interface RoutedRequest extends ApiRequest {
  readonly params: Readonly<Record<string, string>>
}

/** One endpoint, without transport. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Such as `/transactions/:id`. */
  readonly path: string
  /** @throws {Refusal} when Monzo refuses the request. */
  answer(request: RoutedRequest, world: World): Reply
}

/**
 * @returns the values of the placeholders (`:id`) in `pattern`; `undefined` if `path` does not
 *   match.
 */
export function matchPath(
  pattern: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/')
  const parts = path.split('/')
  if (wanted.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [n, want] of wanted.entries()) {
    const part = parts[n] ?? ''
    if (want.startsWith(':') && part !== '') params[want.slice(1)] = part
    else if (want !== part) return undefined
  }
  return params
}
