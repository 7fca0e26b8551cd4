import { baseOf } from '../lib/url.ts'

/**
 * The link a person opens to log in: the one text that holds the key.
 * @param publicUrl `redirect_uri`; a path in it is kept.
 */
export function authorizeLink(publicUrl: URL, authKey: string): string {
  return `${baseOf(publicUrl)}/authorize?key=${encodeURIComponent(authKey)}`
}
