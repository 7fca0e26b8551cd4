import { readFile } from 'node:fs/promises'
import { errnoInWords } from '../lib/errno.ts'
import { isErrno } from '../lib/errors.ts'

/** A file's text, or why there is none, in words that follow its name. */
export type TextFile =
  | { readonly text: string }
  | { readonly problem: string; readonly isMissing: boolean }

/** Drops a byte-order mark. The problem never quotes the file, and keeps no cause that could. */
export async function readTextFile(path: string): Promise<TextFile> {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) }
  } catch (error) {
    if (isErrno(error, 'ERR_ENCODING_INVALID_ENCODED_DATA'))
      return { problem: 'is not UTF-8 text', isMissing: false }
    const problem = `cannot be read: ${errnoInWords(error)}`
    return { problem, isMissing: isErrno(error, 'ENOENT') }
  }
}
