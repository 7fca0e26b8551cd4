import type { Names } from '../lib/names.ts'
import { oneAccountId } from './credentials.ts'
import { type Fault, faultsOf, type Result, refuse } from './fault.ts'
import { itemsIn, type Kind, quotesFault } from './kinds.ts'
import { showKey } from './toml-lines.ts'

/**
 * A table in TOML, `id=name` pairs elsewhere.
 * @param read one pair. @param example shown when the value is neither.
 */
function namesKind(
  read: (id: string, name: string) => Result<unknown>,
  example: string,
): Kind<Names> {
  const expected = `expected a table such as ${example}, or outside of config.toml pairs such as id=name, separated by commas, with each id once`
  return {
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    fromText: (text) => pairsIn(text) ?? text,
    read(value) {
      if (!isTable(value)) return refuse(expected)
      const faults: Fault[] = []
      const names: [id: string, name: string][] = []
      for (const [id, name] of Object.entries(value)) {
        const result = typeof name === 'string' ? read(id, name) : refuse('expected text in quotes')
        const found = faultsOf(result)
        faults.push(...found.map(({ message }) => ({ message: `${showKey(id)}: ${message}` })))
        names.push([id, String(name)])
      }
      return faults.length > 0 ? { faults } : { value: Object.fromEntries(names) }
    },
  }
}

export const isTable = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

function pairsIn(text: string): Names | undefined {
  const pairs = itemsIn(text).map((item) => /^([^=]*[^=\s])\s*=\s*(.+)$/.exec(item)?.slice(1) ?? [])
  const names = Object.fromEntries(pairs.map(([id = '', name = '']) => [id, name]))
  return '' in names || Object.keys(names).length < pairs.length ? undefined : names
}

/** For people to read, so it may have characters of any language, and those that emoji are made of. */
function readName(name: string): Result<string> {
  if (name.trim() === '') return refuse('is empty')
  const quotes = quotesFault(name)
  if (quotes !== undefined) return refuse(quotes)
  if (name !== name.trim()) return refuse('begins or ends with a space: remove it')
  return /\p{Cc}/u.test(name) ? refuse('has a line break or a tab in it') : { value: name }
}

export const accountNames = namesKind((id, name) => {
  const read = oneAccountId.read(id)
  return 'faults' in read ? read : readName(name)
}, '{ acc_0000Example = "Joint" }')

/** The label of all categories that are not among the largest: `OTHER` in `readings/spending.ts`. */
const RESERVED = 'other'

export const categoryNames = namesKind((id, name) => {
  if (id === RESERVED || name === RESERVED)
    return refuse(`cannot be "${RESERVED}", which is the sum of the smallest categories`)
  return /^(?:[a-z][a-z\d_]*|category_[A-Za-z\d]+)$/.test(id)
    ? readName(name)
    : refuse('expected the id of a category, such as eating_out or category_0000Example')
}, '{ category_0000Example = "Cats" }')
