/** Names a login within a sentence. */
export const whoseLogin = (userId: string | undefined): string =>
  userId === undefined ? 'the login whose user is not known yet' : `the login of ${userId}`

/** The same words, to begin a sentence with. */
export const asSubject = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
