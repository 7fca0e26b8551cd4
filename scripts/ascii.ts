/**
 * Replaces non-ASCII characters in JavaScript by `\u` escapes. A single character beyond Latin-1
 * makes V8 keep the whole source at two bytes per character.
 */
export const escapeNonAscii = (code: string): string =>
  code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
