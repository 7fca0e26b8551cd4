/**
 * JavaScript that means the same. One character beyond Latin-1 makes V8 keep a whole source in
 * twice the memory.
 */
export const escapeNonAscii = (code: string): string =>
  code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
