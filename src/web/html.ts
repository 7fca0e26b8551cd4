/** Text that is safe to send as HTML. Only `html` makes it, so whatever comes in is escaped. */
export class Html {
  readonly #text: string
  constructor(strings: TemplateStringsArray, parts: readonly Part[]) {
    const rest = strings.slice(1).map((string, index) => textOf(parts[index]) + string)
    this.#text = (strings[0] ?? '') + rest.join('')
  }
  toString(): string {
    return this.#text
  }
}

/** What may stand between the braces; `undefined` leaves nothing. */
export type Part = string | number | Html | undefined | readonly Part[]

/** Escapes every interpolation but other `html`, in text and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings, parts)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function textOf(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.toString()
  if (typeof part === 'object') return part.map(textOf).join('')
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
