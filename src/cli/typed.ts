import { basename, relative } from 'node:path'

/** The command as it is installed, and as texts name it. */
const PROGRAM = 'monzo-exporter'

/**
 * What to type here to run this program again.
 * @param script what Node was told to run; the one binary has none.
 */
export const typedCommand = (script: string | undefined, cwd: string): string =>
  script !== undefined && basename(script) === 'main.js'
    ? `node ${quoted(relative(cwd, script))}`
    : PROGRAM

/** A text whose commands can be typed as they stand. */
export const asTyped = (text: string, { typed }: { readonly typed: string }): string =>
  text.replaceAll(`\`${PROGRAM}`, () => `\`${typed}`)

/** Quotes a name for the shell, as one word. */
export const quoted = (name: string): string =>
  /^[\w./@%+,:-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`
