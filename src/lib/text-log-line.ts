import { parseJson } from './json.ts'
import { printable } from './printable.ts'

const MAX_CAUSES = 5

/**
 * Renders pino's JSON line for people: time, level and message, the fields that the message does not
 * contain already, then the error's causes, and the stack of a bug. Replaces pino-pretty, whose
 * import alone takes 3 MB of memory.
 * @param isJournal then there is no time: the journal has its own.
 */
export function renderLogLine(line: string, isJournal = false): string {
  const record = parseJson(line)
  if (!isRecord(record)) return line
  const { time, level, msg, err, code: _, ...fields } = record // of a code, the message says enough
  const about = fieldsIn(fields, String(msg))
  const head = `${isJournal ? '' : `${time} `}${String(level).toUpperCase().padEnd(5)} ${msg}${about}`
  return `${[head, ...errorLines(err, String(msg))].map(printable).join('\n  ')}\n`
}

/** ` (user_id: user_1, address: 192.0.2.1)` */
function fieldsIn(fields: Readonly<Record<string, unknown>>, said: string): string {
  const told = Object.entries(fields)
    .filter(([, value]) => value !== undefined && !said.includes(String(value)))
    .map(([name, value]) => `${name}: ${value}`)
  return told.length === 0 ? '' : ` (${told.join(', ')})`
}

/** The messages and stacks that the log message does not contain already. */
function errorLines(error: unknown, said: string): readonly string[] {
  const lines: string[] = []
  let it = error
  for (let depth = 0; isRecord(it) && depth < MAX_CAUSES; depth++) {
    const { type, code, message, stack } = it
    const name = code === undefined ? type : code
    if (stack !== undefined) lines.push(...String(stack).split('\n'))
    else if (!said.includes(String(message))) lines.push(`${name}: ${message}`)
    it = it['cause']
  }
  return lines
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
