/**
 * The link a person opens to log in: the one text that holds the key.
 * @param publicUrl `redirect_uri`; a path in it is kept.
 */
export function authorizeLink(publicUrl: URL, authKey: string): string {
  return `${baseOf(publicUrl)}/authorize?key=${encodeURIComponent(authKey)}`
}

/** What has to be registered at Monzo, and is matched there to the letter. */
export function redirectUrlOf(publicUrl: URL): string {
  return `${baseOf(publicUrl)}/callback`
}

const baseOf = ({ href }: URL): string => href.replace(/\/$/, '')
