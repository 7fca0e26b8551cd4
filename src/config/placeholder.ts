/** `xxxx…`, `...` and `…`, bare or behind one of Monzo's prefixes: both programs' examples. */
const BLANK = /^(?:acc_|oauth2client_|mnzconf\.)?(?:x{4,}|\.{3}|…)/i
/** `your-client-id`, `my-client-secret-from-monzo-playground`, `change-me`, `<secret>`. */
const WORDS = /^(?:your|my)[-_ ](?:own|client|account|auth|access|stats)|^change[-_ ]?me$|^<.*>$/i

/** Whether a value is one of the example files', never replaced by a person's own. */
export function isPlaceholder(text: string): boolean {
  return BLANK.test(text) || WORDS.test(text)
}
