import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { isLocalhost, isLoopback } from '../lib/url.ts'

/** Where to listen. */
export interface Address {
  /** IPv6 without brackets. Absent: every address of the machine. */
  readonly host?: string
  /** 0-65535; 0 lets the system choose. */
  readonly port: number
}

const PATTERN = /^(?:\[([^\]]+)\]|([^:[\]\s]*)):(\d{1,5})$/
const HOST_NAME = /^[a-z\d_](?:[a-z\d_-]*[a-z\d_])?(?:\.[a-z\d_](?:[a-z\d_-]*[a-z\d_])?)*\.?$/ // in lower case

/**
 * Reads `host:port`: `127.0.0.1:8080`, `[::1]:8080`, `:8080` (every address).
 * @returns `undefined` if the text is anything else.
 */
export function parseAddress(text: string): Address | undefined {
  const [, ipv6, name = '', digits] = PATTERN.exec(text) ?? []
  const port = Number(digits)
  if (!(port <= 65_535)) return undefined
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { host: ipv6, port } : undefined
  if (name === '') return { port }
  return isHost(name) ? { host: name, port } : undefined
}

/** A name that ends in a number is an IPv4 address, or a mistyped one. */
function isHost(name: string): boolean {
  return isIPv4(name) || (HOST_NAME.test(name.toLowerCase()) && !/(?:^|\.)\d+\.?$/.test(name))
}

/**
 * Whether who connects to a host of this machine arrives at a listener. `localhost` is both loopback
 * addresses.
 * @param toHost an address or `localhost`; IPv6 with or without brackets.
 */
export function listensFor({ host }: Address, toHost: string): boolean {
  if (host === undefined || host === '::') return true
  const [own, to] = [host, toHost].map((one) => one.replace(/^\[(.*)\]$/, '$1').toLowerCase())
  if (own === '0.0.0.0') return !isIPv6(to ?? '')
  const hasBoth = [own, to].some((one) => isLocalhost(one ?? ''))
  return own === to || (hasBoth && [own, to].some((one) => one === '127.0.0.1' || one === '::1'))
}

/** Built on demand: only a check of webhooks needs it. */
function privateNetworks(): BlockList {
  const networks = new BlockList()
  networks.addSubnet('0.0.0.0', 8) // means every address to a listener; nobody can send to it
  networks.addSubnet('10.0.0.0', 8)
  networks.addSubnet('172.16.0.0', 12)
  networks.addSubnet('192.168.0.0', 16)
  networks.addSubnet('169.254.0.0', 16)
  networks.addSubnet('100.64.0.0', 10)
  networks.addAddress('::', 'ipv6')
  networks.addSubnet('fc00::', 7, 'ipv6')
  networks.addSubnet('fe80::', 10, 'ipv6')
  return networks
}
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|lan|home|internal|intranet|home\.arpa)\.?$/i

/**
 * Whether the internet can't reach it: loopback, private, link-local and unspecified addresses, and
 * names that public DNS doesn't know. Takes IPv6 with and without brackets.
 */
export function isPrivate(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (isLoopback(bare) || LOCAL_NAME.test(bare)) return true
  if (isIPv4(bare)) return privateNetworks().check(bare)
  if (isIPv6(bare)) return privateNetworks().check(bare, 'ipv6')
  return !bare.includes('.')
}

/** Whether listening on one makes listening on the other impossible. Port 0 never clashes. */
export function addressesClash(one: Address, other: Address): boolean {
  if (one.port !== other.port || one.port === 0) return false
  return isEvery(one, other) || isEvery(other, one) || sameHost(one, other)
}

function isEvery({ host }: Address, other: Address): boolean {
  if (host === undefined || host === '::') return true
  return host === '0.0.0.0' && !isIPv6(other.host ?? '')
}

function sameHost(one: Address, other: Address): boolean {
  return one.host?.toLowerCase() === other.host?.toLowerCase()
}

/** An address (`10.0.0.1`, `::1`) or a range of them (`10.0.0.0/8`, `fd00::/8`). */
export function isIpOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}
