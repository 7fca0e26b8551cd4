import type { Request } from 'express'

/** A request that makes no sense; answered with a page of this status. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status = 400
}

/**
 * The query.
 * @throws {RequestError} when a name comes twice, since a proxy and we might each take another one.
 */
export function queryOf(request: Request): URLSearchParams {
  const start = request.url.indexOf('?')
  return readFields(start < 0 ? '' : request.url.slice(start + 1))
}

/**
 * The fields of a form; none when the body is anything else.
 * @throws {RequestError} as `queryOf`.
 */
export function formOf(request: Request): URLSearchParams {
  const body: unknown = request.body
  return readFields(typeof body === 'string' ? body : '')
}

function readFields(text: string): URLSearchParams {
  const fields = new URLSearchParams(text)
  const names = [...fields.keys()]
  if (new Set(names).size < names.length) throw new RequestError('A parameter was given twice')
  return fields
}
