import { type Result, refuse } from './fault.ts'
import { type Kind, listOf, textKind } from './kinds.ts'

const PLACEHOLDER = 'is still the placeholder from the example: put your own'
/** `xxxx…`, `...` and `…`, alone or after one of Monzo's prefixes: what both programs' examples have. */
const BLANK = /^(?:acc_|oauth2client_|mnzconf\.)?(?:x{4,}|\.{3}|…)/i
/** `your-client-id`, `my-client-secret-from-monzo-playground`, `change-me`, `<secret>`. */
const WORDS = /^(?:your|my)[-_ ](?:own|client|account|auth|access|stats)|^change[-_ ]?me$|^<.*>$/i

/** Whether a value from an example was never replaced. */
const isPlaceholder = (text: string): boolean => BLANK.test(text) || WORDS.test(text)

/** Characters that don't show: C0, DEL and C1. */
const hasControl = (text: string): boolean =>
  [...text].some((char) => char < ' ' || (char >= '\u007F' && char <= '\u009F'))

/**
 * An id or a token: one word without spaces, and no placeholder.
 * @param read checks the rest. @param placeholder the fault of a placeholder.
 */
function word(read: (text: string) => Result<string>, placeholder = PLACEHOLDER): Kind<string> {
  return textKind((text) => {
    if (text === '') return refuse('is empty')
    if (/\s/.test(text) || hasControl(text))
      return refuse('has a space, a line break or a control character in it')
    return isPlaceholder(text) ? refuse(placeholder) : read(text)
  })
}

export const accountId = word(
  (text) =>
    /^acc_[a-z\d]+$/i.test(text)
      ? { value: text }
      : refuse('expected the id of an account: "acc_", then letters and digits'),
  `${PLACEHOLDER}, or remove it to export every account`,
)

export const clientId = word((text) =>
  text.startsWith('oauth2client_')
    ? { value: text }
    : refuse('expected the id of a Monzo OAuth client: it starts with "oauth2client_"'),
)

export const clientSecret = word((text) => {
  if (text.startsWith('oauth2client_')) return refuse('is the id of a client, not its secret')
  if (text.startsWith('mnzpub.'))
    return refuse(
      'belongs to a client that is not confidential, which Monzo gives no refresh token: ' +
        'create one with Confidentiality = Confidential at https://developers.monzo.com',
    )
  return { value: text }
})

/** People type it, so it may have spaces. */
export const authKey = textKind((text) => {
  if (hasControl(text)) return refuse('has a line break or another control character in it')
  return isPlaceholder(text) ? refuse(PLACEHOLDER) : { value: text }
})

/** Can follow `Authorization: Bearer` in a request. */
export const bearerToken = word((text) =>
  /^[\x21-\x7e]+$/.test(text)
    ? { value: text }
    : refuse(
        'has characters that no HTTP header can carry: use letters, digits and punctuation of ASCII',
      ),
)

export const accessTokens = listOf(bearerToken, '["eyJhb…"]')
