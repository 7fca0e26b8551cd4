import { basePathOf } from '../lib/url.ts'
import { isLoopback } from './address.ts'
import { isPlaceholder } from './placeholder.ts'

/** What a text means, or one sentence on what is wrong with it, which never quotes it. */
export type Reading<T> = { readonly value: T } | string

const PLACEHOLDER = 'is still the placeholder from the example: put your own'
const SPACE = 'has a space, a line break or a control character in it'

/** Characters that show as nothing: C0, DEL and C1. */
const hasControl = (text: string): boolean =>
  [...text].some((char) => char < ' ' || (char >= '\u007F' && char <= '\u009F'))

/** @returns the first thing wrong with an id or a token as a whole. */
function flawOf(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (/\s/.test(text) || hasControl(text)) return SPACE
  return isPlaceholder(text) ? PLACEHOLDER : undefined
}

export function readAccountId(text: string): Reading<string> {
  const flaw = flawOf(text)
  if (flaw === PLACEHOLDER) return `${flaw}, or remove it to export every account`
  if (flaw !== undefined) return flaw
  if (!/^acc_[a-z\d]+$/i.test(text))
    return 'expected the id of an account: "acc_", then letters and digits'
  return { value: text }
}

export function readClientId(text: string): Reading<string> {
  const flaw = flawOf(text)
  if (flaw !== undefined) return flaw
  if (!text.startsWith('oauth2client_'))
    return 'expected the id of a Monzo OAuth client: it starts with "oauth2client_"'
  return { value: text }
}

export function readClientSecret(text: string): Reading<string> {
  const flaw = flawOf(text)
  if (flaw !== undefined) return flaw
  if (text.startsWith('oauth2client_')) return 'is the id of a client, not its secret'
  if (text.startsWith('mnzpub.'))
    return (
      'belongs to a client that is not confidential, which Monzo gives no refresh token: ' +
      'create one with Confidentiality = Confidential at https://developers.monzo.com'
    )
  return { value: text }
}

/** Spaces inside are fine: it is typed by people. */
export function readAuthKey(text: string): Reading<string> {
  if (hasControl(text)) return 'has a line break or another control character in it'
  return isPlaceholder(text) ? PLACEHOLDER : { value: text }
}

/** What can stand behind `Authorization: Bearer`. */
export function readBearerToken(text: string): Reading<string> {
  const flaw = flawOf(text)
  if (flaw !== undefined) return flaw
  return /^[\x21-\x7e]+$/.test(text)
    ? { value: text }
    : 'has characters that no HTTP header can carry: use letters, digits and punctuation of ASCII'
}

/** `pathname` comes out as `/` or as a prefix without `/` at its end. */
function readWebUrl(text: string): Reading<URL> {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text))
    return 'expected an address that starts with "http://" or "https://"'
  if (/[?#]/.test(text)) return 'must not have a query ("?") or a fragment ("#")'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'must not have a user name or a password'
  url.pathname = basePathOf(url)
  return { value: url }
}

export function readRedirectUri(text: string): Reading<URL> {
  const reading = readWebUrl(text)
  if (typeof reading === 'string') return reading
  if (reading.value.pathname.endsWith('/callback'))
    return 'must not end in "/callback": drop it here, as the exporter adds it (at Monzo it stays)'
  return reading
}

export function readMonzoUrl(text: string): Reading<URL> {
  const reading = readWebUrl(text)
  if (typeof reading === 'string') return reading
  const { protocol, hostname } = reading.value
  return protocol === 'https:' || isLoopback(hostname)
    ? reading
    : 'must start with "https://" unless it is on this machine: tokens are sent there'
}
