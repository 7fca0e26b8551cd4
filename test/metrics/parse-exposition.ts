import assert from 'node:assert/strict'

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LABEL = /(?<name>[a-zA-Z_]\w*)="(?<value>(?:[^"\\]|\\[\\"n])*)"(?:,|$)/y
const ESCAPED: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' }

/** Reads an exposition as strictly as Prometheus does, and fails on what it would not take. */
export function parseExposition(exposition: Buffer): Series[] {
  const lines = exposition.toString().split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('# ')).map(parseSeries)
}

function parseSeries(line: string): Series {
  const labelsEnd = line.lastIndexOf('}')
  const labelsStart = line.indexOf('{')
  const nameEnd = labelsStart < 0 ? line.indexOf(' ') : labelsStart
  const name = line.slice(0, nameEnd)
  assert.match(name, /^[a-zA-Z_:][\w:]*$/)
  const value = line.slice((labelsStart < 0 ? nameEnd : labelsEnd + 1) + 1)
  assert.match(value, /^(-?\d+(\.\d+)?(e[+-]\d+)?|[+-]Inf|NaN)$/)
  const labels = labelsStart < 0 ? {} : parseLabels(line.slice(labelsStart + 1, labelsEnd))
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length; ) {
    const at = LABEL.lastIndex
    const label = LABEL.exec(text)
    assert.ok(label?.groups, `no label at ${at} of ${text}`)
    const { name = '', value = '' } = label.groups
    assert.ok(!(name in labels), `${name} is there twice`)
    labels[name] = value.replace(/\\[\\"n]/g, (escaped) => ESCAPED[escaped] ?? '')
  }
  return labels
}
