/** Text that is safe to send as HTML: only `html` makes it, which escapes what is interpolated. */
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

/** What may be interpolated; `undefined` adds nothing. */
export type Part = string | number | Html | undefined | readonly Part[]

/** Escapes everything interpolated except other `html`, in text and in quoted attributes. */
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
