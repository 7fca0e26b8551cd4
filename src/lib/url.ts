/** An address that a path is put behind: without the slash at its end. */
export const baseOf = ({ href }: URL): string => href.replace(/\/+$/, '')

/** The path that stands before every other one: `''` or `/monzo`. */
export const basePathOf = ({ pathname }: URL): string => pathname.replace(/\/+$/, '')

/** An IPv6 address in brackets, any other host as it is. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/**
 * The host by which this machine reaches a listener: 0.0.0.0 and :: mean every address, and can't
 * be connected to.
 * @param host absent for every address. Without the brackets of IPv6.
 */
export function reachableHost(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** Where a browser on this machine finds a listener; no slash at the end. */
export function localOrigin(
  scheme: 'http' | 'https',
  { host, port }: { readonly host?: string | undefined; readonly port: number },
): string {
  return `${scheme}://${bracketed(reachableHost(host))}:${port}`
}
