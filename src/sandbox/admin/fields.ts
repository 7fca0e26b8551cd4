/** A request to the admin port is wrong. The message is for the caller. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest'
}

/** The fields of a JSON body. */
export type Fields = Readonly<Record<string, unknown>>

/** @throws {BadRequest} unless the body is an object. A missing body counts as `{}`. */
export function fieldsOf(body: unknown): Fields {
  if (body === undefined) return {}
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return Object.fromEntries(Object.entries(body))
  throw new BadRequest('the body must be a JSON object')
}

/** Refuses unknown names, which are most likely typos. @throws {BadRequest} */
export function onlyFields(fields: Fields, names: readonly string[]): void {
  const odd = Object.keys(fields).filter((name) => !names.includes(name))
  if (odd.length > 0) throw new BadRequest(`unknown: ${odd.join(', ')}; known: ${names.join(', ')}`)
}

/**
 * @returns `undefined` if absent.
 * @throws {BadRequest} unless it is text. Likewise the functions below.
 */
export const textIn = (fields: Fields, name: string): string | undefined =>
  typed(fields, name, 'text', (value) => (typeof value === 'string' ? value : undefined))

/** Any finite number. */
export const numberIn = (fields: Fields, name: string): number | undefined =>
  typed(fields, name, 'a number', (value) =>
    typeof value === 'number' && Number.isFinite(value) ? value : undefined,
  )

/** A whole number, such as an amount in minor units. */
export const integerIn = (fields: Fields, name: string): number | undefined =>
  typed(fields, name, 'a whole number', (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined,
  )

/** A whole number from `least` to `most`, both included. */
export const integerWithin = (
  fields: Fields,
  name: string,
  [least, most]: readonly [least: number, most: number],
): number | undefined =>
  typed(fields, name, `a whole number from ${least} to ${most}`, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : undefined,
  )

export const booleanIn = (fields: Fields, name: string): boolean | undefined =>
  typed(fields, name, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined))

/** A list of texts, which may be empty. */
export const textsIn = (fields: Fields, name: string): readonly string[] | undefined =>
  typed(fields, name, 'a list of texts', (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined,
  )

/** @throws {BadRequest} if the field is missing. */
export function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new BadRequest(`${name} is missing`)
  return value
}

/** `T` with optional fields that are absent rather than `undefined`. */
export type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Removes fields that are `undefined`. */
export function given<T extends object>(fields: T): Given<T> {
  const result: Given<T> = {}
  for (const name in fields) {
    const value = fields[name]
    if (isGiven(value)) result[name] = value
  }
  return result
}

const isGiven = <T>(value: T): value is Exclude<T, undefined> => value !== undefined

function typed<T>(
  fields: Fields,
  name: string,
  what: string,
  read: (value: unknown) => T | undefined,
): T | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  const result = read(value)
  if (result === undefined) throw new BadRequest(`${name} must be ${what}`)
  return result
}
