/** What moves a cursor, ends a line, or turns the direction of text. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/**
 * One line of text that a terminal shows and does not obey. Names, ids and messages come from Monzo,
 * from files and from other machines: escape sequences in them could rewrite the screen, and line
 * breaks could forge a line such as `error: …`. Leaves JSON valid, and the same.
 */
export const printable = (text: string): string =>
  text.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
