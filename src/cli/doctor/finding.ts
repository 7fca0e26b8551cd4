import { AppError, linesOf } from '../../lib/errors.ts'

/** What one check found. */
export interface Finding {
  /** A `fault` keeps something from working; a `note` is worth knowing. */
  readonly kind: 'ok' | 'note' | 'fault'
  /** Whole sentences, like `todo`. */
  readonly what: string
  /** Further lines of it. */
  readonly more?: readonly string[]
  /** What a person does about it. */
  readonly todo?: string
}

export const ok = (what: string, more: readonly string[] = []): Finding => ({
  kind: 'ok',
  what,
  more,
})
export const note = (what: string, todo?: string): Finding => ({
  kind: 'note',
  what,
  ...(todo === undefined ? {} : { todo }),
})
export const fault = (what: string, todo: string): Finding => ({ kind: 'fault', what, todo })

/** @throws whatever isn't an expected failure. */
export function faultOf(error: unknown): Finding {
  if (!(error instanceof AppError)) throw error
  const [first = '', ...more] = linesOf(error)
  return { ...fault(asSentence(first), error.hint), more }
}

export const asSentence = (text: string): string => (/[.:!?]$/.test(text) ? text : `${text}.`)
