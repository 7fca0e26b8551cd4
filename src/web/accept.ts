/** One entry of an `Accept…` header: `gzip;q=0.5`, in lower case. */
interface Choice {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
  /** Its `q`, 0 to 1. */
  readonly quality: number
}

/** Whether gzip is accepted: named or covered by `*`, and not refused by `q=0`. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  const choices = parseChoices(acceptEncoding)
  const named = choices.filter(({ name }) => name === 'gzip' || name === 'x-gzip')
  const deciding = named.length > 0 ? named : choices.filter(({ name }) => name === '*')
  return deciding.some(({ quality }) => quality > 0)
}

/**
 * Whether `Accept` prefers OpenMetrics 1.0.0 to text 0.0.4. A tie means text, and so does a header
 * that accepts neither, because a scrape is always answered.
 * @see https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const choices = parseChoices(accept)
  const openMetrics = qualityOf(choices, 'application/openmetrics-text', '1.0.0')
  return openMetrics > qualityOf(choices, 'text/plain', '0.0.4')
}

/** The most specific entry decides (RFC 9110, 12.5.1); other versions don't count. */
function qualityOf(choices: readonly Choice[], type: string, version: string): number {
  const group = `${type.slice(0, type.indexOf('/'))}/*`
  for (const name of [type, group, '*/*']) {
    const meant = choices.filter(
      (choice) => choice.name === name && (choice.parameters.get('version') ?? version) === version,
    )
    if (meant.length > 0) return Math.max(...meant.map(({ quality }) => quality))
  }
  return 0
}

function parseChoices(header: string): readonly Choice[] {
  return header.split(',').map((entry) => {
    const [name = '', ...pairs] = entry.split(';').map((text) => text.trim().toLowerCase())
    const parameters = new Map(pairs.map(parsePair))
    const quality = Number(parameters.get('q') ?? 1)
    return { name, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 }
  })
}

function parsePair(pair: string): [string, string] {
  const [name = '', value = ''] = pair.split('=')
  return [name.trim(), value.trim().replace(/^"(.*)"$/, '$1')]
}
