import type { Request } from 'express'

/** A request nobody's browser makes by itself; answered with a page and its status. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status = 400
}

/**
 * The query.
 * @throws {RequestError} when a name comes twice: two readers of one query must not differ.
 */
export function queryOf(request: Request): URLSearchParams {
  const start = request.url.indexOf('?')
  return readFields(start < 0 ? '' : request.url.slice(start + 1))
}

/**
 * The fields of a form; none when it was sent as anything but a form.
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
