import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { errnoInWords } from '../lib/errno.ts'
import { isErrno } from '../lib/errors.ts'

/** A file's text, or why there is none, in words that follow its name. */
export type TextFile =
  | { readonly text: string }
  | { readonly problem: string; readonly isMissing: boolean }

/**
 * Waits for the disk: nothing else is to be done meanwhile. Drops a byte-order mark. The problem
 * never quotes the file, and keeps no cause that could.
 */
export function readTextFile(path: string): TextFile {
  try {
    const bytes = readFileSync(path)
    if (!isUtf8(bytes)) return { problem: 'is not UTF-8 text', isMissing: false }
    return { text: bytes.toString().replace(/^\uFEFF/, '') }
  } catch (error) {
    const problem = `cannot be read: ${errnoInWords(error)}`
    return { problem, isMissing: isErrno(error, 'ENOENT') }
  }
}
