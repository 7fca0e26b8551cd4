import type { IncomingMessage, RequestListener } from 'node:http'
import { isIP } from 'node:net'
import { sendText } from './plain-text.ts'

/** By which names a listener may be asked. */
export interface KnownHosts {
  /** Whether it is bound to a loopback address; others may be asked by any name. */
  readonly isLoopback: boolean
  /** Names of its own, as they are configured. */
  readonly names: readonly string[]
}

/**
 * Answers 421 to a `Host` that is not ours, on every route. Without that, a web page could rebind its
 * own name to 127.0.0.1 and read balances in the browser of a person on this machine. Addresses and
 * names without a dot can't be rebound, since nobody can own one.
 */
export function withKnownHosts(
  listener: RequestListener,
  { isLoopback, names }: KnownHosts,
): RequestListener {
  const own = new Set(names.map(nameOf))
  const isKnown = (host: string): boolean => {
    if (host === '') return true // no browser sends this
    const name = nameOf(host)
    return name !== undefined && (isIP(name) !== 0 || !name.includes('.') || own.has(name))
  }
  let last: string | undefined // Prometheus asks by the same name each time
  const isKnownAsLast = (host: string): boolean => {
    if (host !== last && !isKnown(host)) return false
    last = host
    return true
  }
  const isOurs = ({ headers: { host }, url }: IncomingMessage): boolean => {
    const target = hostOfTarget(url)
    return isKnownAsLast(host ?? '') && (target === undefined || isKnown(target))
  }
  return (request, response) => {
    if (hasTwoHosts(request)) sendText(response, 400, 'A request must name one host.')
    else if (isLoopback && !isOurs(request)) sendText(response, 421, MISDIRECTED)
    else listener(request, response)
  }
}

const MISDIRECTED =
  'This listener is for its own machine, and answers to addresses, to localhost and to the host name of redirect_uri: ask it by one of these, or set redirect_uri.'

/** Node's `headers` would hide a second one. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let n = 0; n < rawHeaders.length; n += 2)
    if (rawHeaders[n]?.length === 4 && rawHeaders[n]?.toLowerCase() === 'host') hosts += 1
  return hosts > 1
}

/** The host in a target that is a whole URL: it counts, too (RFC 9112, 3.2.2). */
const hostOfTarget = (url = ''): string | undefined => /^https?:\/\/([^/?]*)/i.exec(url)?.[1]

/**
 * The name in a `Host`, as a browser would write it: without port, in lower case, without a dot at
 * the end.
 * @returns `undefined` if it is none.
 */
function nameOf(host: string): string | undefined {
  const url = `http://${host}`
  if (/[\s/?#@\\]/.test(host) || !URL.canParse(url)) return undefined
  return new URL(url).hostname.replace(/\.$/, '')
}
