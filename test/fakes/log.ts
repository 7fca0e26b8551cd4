import type { Log } from '../../src/lib/log.ts'

/** A log that remembers its sentences, each behind its level. */
export function createFakeLog(): Log & { readonly lines: string[] } {
  const lines: string[] = []
  const write = (level: string) => (_fields: object, message: string) => {
    lines.push(`${level}: ${message}`)
  }
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
}
