import { isIPv4 } from 'node:net'

/** Without slashes at the end. */
export const withoutSlash = (text: string): string => text.replace(/\/+$/, '')

/** A base address without its trailing slash, ready to have a path appended. */
export const baseOf = ({ href }: URL): string => withoutSlash(href)

/** The path prefix of a base address, without a trailing slash: `''` or `/monzo`. */
export const basePathOf = ({ pathname }: URL): string => withoutSlash(pathname)

/** Puts an IPv6 address in brackets; leaves any other host unchanged. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** Whether browsers take it for `localhost`: 127.0.0.1 as well as ::1 (RFC 6761, 6.3). */
export const isLocalhost = (host: string): boolean => /^(?:.+\.)?localhost\.?$/i.test(host)

/** Whether only this machine can reach it. Takes IPv6 with and without brackets. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:/i, '')
  return isIPv4(bare) ? bare.startsWith('127.') : ['localhost', '::1'].includes(bare.toLowerCase())
}

/**
 * The host under which this machine reaches its own listener. 0.0.0.0 and :: mean every address,
 * and one can't connect to them everywhere.
 * @param host absent means every address. IPv6 without brackets.
 */
export function reachableHost(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** The origin under which this machine reaches its own listener, without a trailing slash. */
export function localOrigin(
  scheme: 'http' | 'https',
  { host, port }: { readonly host?: string | undefined; readonly port: number },
): string {
  return `${scheme}://${bracketed(reachableHost(host))}:${port}`
}

/** An origin for a sentence, which also says whether it is the only address. @param host as bound. */
export function originInWords(origin: string, host: string | undefined): string {
  if (host === undefined || host === '::')
    return `${origin} (and every other address of this machine)`
  return host === '0.0.0.0' ? `${origin} (and every other IPv4 address of this machine)` : origin
}
