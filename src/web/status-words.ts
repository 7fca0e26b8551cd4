import type { LoginStatus } from '../login/login-flow.ts'

/** How far reading the history is; absent when that is over. */
export function progressInWords({ history }: LoginStatus): string | undefined {
  if (!history?.progress) return undefined
  const { year, transactions } = history.progress
  const soFar = year === undefined ? '' : `: ${year}, ${countInWords(transactions)}`
  return `Reading your history${soFar}`
}

/** `3,412 transactions` */
export const countInWords = (transactions: number): string =>
  `${transactions.toLocaleString('en')} transaction${transactions === 1 ? '' : 's'}`

/** Messages are also logged and may name an account; a page that needs no key must not. */
export function withoutIds(text: string): string {
  return text.replace(/\b(acc|user|pot|tx|oauth2client)_[0-9A-Za-z]+/g, '$1_…')
}
