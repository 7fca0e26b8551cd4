import { BlockList, isIP } from 'node:net'
import { AppError } from '../lib/errors.ts'
import { isLoopback } from '../lib/url.ts'

/** A proxy that the environment names. */
export interface HttpProxy {
  /** Without user and password, so that it may be shown. */
  readonly url: URL
  /** What to send to the proxy: `proxy-authorization`, if it has a user. */
  readonly headers: Readonly<Record<string, string>>
  /** The variable that names it. */
  readonly variable: string
}

/** The proxy that a request to this URL goes through; `undefined` if it goes there directly. */
export type Proxies = (url: URL) => HttpProxy | undefined

type Env = Readonly<Record<string, string | undefined>>

/**
 * The proxies of HTTPS_PROXY and HTTP_PROXY, and who is exempt by NO_PROXY; in lower case, too, which
 * wins. Not a library: those that are kept up read `process.env` themselves, and know no CIDR ranges.
 * @throws {AppError} CONFIG_INVALID for what is not the address of an HTTP proxy.
 * @see https://everything.curl.dev/usingcurl/proxies/env.html
 */
export function readProxies(env: Env): Proxies {
  const secure = readProxy(env, 'HTTPS_PROXY')
  const plain = readProxy(env, 'HTTP_PROXY')
  const isExempt = readExemptions(lookUp(env, 'NO_PROXY').value)
  return (url) => {
    const proxy = url.protocol === 'https:' ? secure : plain
    if (!proxy || isExempt(url)) return undefined
    // Monzo is at a plain http address only on this machine: a token must not leave it unencrypted.
    return url.protocol === 'https:' || isLoopback(proxy.url.hostname) ? proxy : undefined
  }
}

/** A proxy as messages name it. */
export const nameOfProxy = ({ url, variable }: HttpProxy): string =>
  `the proxy ${url.host} (${variable})`

function lookUp(env: Env, name: string): { value: string; variable: string } {
  const variable = env[name.toLowerCase()] ? name.toLowerCase() : name
  return { value: env[variable]?.trim() ?? '', variable }
}

function readProxy(env: Env, name: string): HttpProxy | undefined {
  const { value, variable } = lookUp(env, name)
  if (value === '') return undefined
  const text = value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new AppError('CONFIG_INVALID', `${variable} is not the address of an HTTP proxy`, {
      hint: 'Write it as http://host:port or http://user:password@host:port, with %-escapes for odd characters, or unset it.',
    })
  const { username, password } = url
  url.username = ''
  url.password = ''
  const credentials = `${decoded(username)}:${decoded(password)}`
  const basic = `Basic ${Buffer.from(credentials).toString('base64')}`
  return { url, variable, headers: username === '' ? {} : { 'proxy-authorization': basic } }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a percent sign that was meant as such
  }
}

/**
 * Entries are names (with all names below them), addresses and CIDR ranges, each with or without a
 * port, and `*` for everything.
 */
function readExemptions(list: string): (url: URL) => boolean {
  const entries = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
  const tests = entries.map(readExemption)
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[|\]$|\.$/g, '')
    const actualPort = port || (protocol === 'https:' ? '443' : '80')
    return tests.some((isExempt) => isExempt(host, actualPort))
  }
}

function readExemption(entry: string): (host: string, port: string) => boolean {
  if (entry === '*') return () => true
  // An IPv6 address without brackets has more than one colon, and no port.
  const [, host = entry, wantedPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  const name = host.replace(/^\[|\]$/g, '').replace(/^\*?\.|\.$/g, '')
  const isPort = (port: string) => wantedPort === undefined || wantedPort === port
  const range = rangeOf(name)
  if (range) return (host, port) => isPort(port) && isIP(host) > 0 && range(host)
  return (host, port) => isPort(port) && (host === name || host.endsWith(`.${name}`))
}

/** @returns whether an address is in the range, or is the address; `undefined` for a name. */
function rangeOf(text: string): ((address: string) => boolean) | undefined {
  const [network = '', bits, ...more] = text.split('/')
  const version = isIP(network)
  const longest = version === 4 ? 32 : 128
  const prefix = bits === undefined ? longest : Number(bits)
  if (version === 0 || more.length > 0 || !(prefix >= 0 && prefix <= longest)) return undefined
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, prefix, family)
  return (address) => list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}
