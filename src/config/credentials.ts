import { parseJson } from '../lib/json.ts'
import { type Result, refuse } from './fault.ts'
import { type Kind, listOf, textKind } from './kinds.ts'

const PLACEHOLDER = 'is still the placeholder from the example: replace it with your own'
/** `xxxx…`, `...` and `…`, alone or after one of Monzo's prefixes: what both programs' examples have. */
const BLANK = /^(?:acc_|oauth2?client_|mnzconf\.)?(?:x{4,}|\.{3}|…)/i
/** `your-client-id`, `my-client-secret-from-monzo-playground`, `change-me`, `<secret>`. */
const WORDS = /^(?:your|my)[-_ ](?:own|client|account|auth|access|stats)|^change[-_ ]?me$|^<.*>$/i

/** Whether a value from an example was never replaced. */
const isPlaceholder = (text: string): boolean => BLANK.test(text) || WORDS.test(text)

/** `CLIENT_SECRET=…`, `auth_key: …`: a whole line of a file that other programs read. */
const NAMED =
  /^(?:export\s+)?(?:[A-Z][A-Z\d_]{2,}|[\w-]*(?:[Ss]ecret|[Tt]oken|[Kk]ey|[Pp]ass|[Aa]uth)[\w-]*)\s*[=:]\s*[^=\s]/
const IS_NAMED = 'holds more than the value: remove its name ("KEY=") and anything else around it'
const hasName = (text: string): boolean =>
  NAMED.test(text) || (text.startsWith('{') && parseJson(text) !== undefined)

/** How Monzo's ids, secrets and tokens begin. */
const BEGINNING = /^(?:acc_|oauth2?client_|mnzconf\.|mnzpub\.|eyJ)/
/** The value of a Kubernetes Secret is in base64, which `kubectl` and mounts decode. */
const isBase64 = (text: string): boolean =>
  /^[\w+/-]+=*$/.test(text) && BEGINNING.test(Buffer.from(text, 'base64').toString('latin1'))

/**
 * An id or a token: one word of ASCII, and no placeholder.
 * @param read checks the rest. @param placeholder the fault of a placeholder.
 */
function word(read: (text: string) => Result<string>, placeholder = PLACEHOLDER): Kind<string> {
  return textKind((text) => {
    if (text === '') return refuse('is empty')
    if (hasName(text)) return refuse(IS_NAMED)
    if (/\s/.test(text)) return refuse('has a space or a line break in it')
    if (isPlaceholder(text)) return refuse(placeholder)
    if (/[^\x21-\x7e]/.test(text))
      return refuse('has a character in it that is not ASCII: copy the value again')
    if (isBase64(text)) return refuse('is encoded in base64: put in the decoded text')
    return read(text)
  })
}

/** A word that Monzo gave: none of them has quotes. */
const monzoWord = (read: (text: string) => Result<string>, placeholder?: string): Kind<string> =>
  word(
    (text) => (/["'`]/.test(text) ? refuse('has a quotation mark in it: remove it') : read(text)),
    placeholder,
  )

const accountIdKind = (placeholder: string): Kind<string> =>
  monzoWord(
    (text) =>
      /^acc_[a-z\d]+$/i.test(text)
        ? { value: text }
        : refuse('expected the id of an account: "acc_", then letters and digits'),
    placeholder,
  )

export const accountId = accountIdKind(`${PLACEHOLDER}, or remove it to export every account`)

/** Of one account among several. */
export const oneAccountId = accountIdKind(PLACEHOLDER)

const CLIENT_ID = /^oauth2?client_/

/** Around 2016, ids and secrets of clients looked otherwise; Monzo may still take them. */
export const isOldClient = (clientId: string): boolean => clientId.startsWith('oauthclient_')

/** Whether it looks like the secret of a client that Monzo gives refresh tokens. */
export const isConfidential = (clientSecret: string): boolean => clientSecret.startsWith('mnzconf.')

export const clientId = monzoWord((text) =>
  CLIENT_ID.test(text)
    ? { value: text }
    : refuse('expected the id of a Monzo OAuth client: it starts with "oauth2client_"'),
)

export const clientSecret = monzoWord((text) => {
  if (CLIENT_ID.test(text)) return refuse('is the id of a client, not its secret')
  if (text.startsWith('mnzpub.'))
    return refuse(
      'belongs to a client that is not confidential, which Monzo gives no refresh token: ' +
        'create one with Confidentiality = Confidential at https://developers.monzo.com',
    )
  return { value: text }
})

/** People type it, so it may have spaces. */
export const authKey = textKind((text) => {
  if (hasName(text)) return refuse(IS_NAMED)
  if (/\p{Cc}/u.test(text)) return refuse('has a line break or a tab in it')
  if (text.includes('\uFFFD'))
    return refuse('has a character in it that is not valid UTF-8: write the value in UTF-8')
  return isPlaceholder(text) ? refuse(PLACEHOLDER) : { value: text }
})

/** Can follow `Authorization: Bearer` in a request. */
export const bearerToken = word((value) => ({ value }))

export const accessTokens = listOf(
  monzoWord((value) => ({ value })),
  '["eyJhb…"]',
)
