import { isIPv4, isIPv6 } from 'node:net'
import type { Clock } from '../lib/clock.ts'

const WINDOW_MS = 15 * 60_000
const MOST_PER_ADDRESS = 10
const MOST_IN_ALL = 100
const MOST_ADDRESSES = 10_000 // about 2 MB, so that guesses from many addresses can't fill memory

/** Wrong keys since the first of them; forgotten when the window that it began is over. */
interface Failures {
  count: number
  readonly sinceMs: number
}

/** Counts wrong keys by `addressGroup`, on the elapsed clock, which nobody can set. */
export class GuessLimit {
  readonly #clock: Clock
  readonly #byGroup = new Map<string, Failures>() // oldest first
  #inAll: Failures | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Counts a wrong key.
   * @returns milliseconds until this address may try again; `undefined` while it still may.
   */
  fail(address: string): number | undefined {
    const group = addressGroup(address)
    const own = this.#current(this.#byGroup.get(group)) ?? this.#begin(group)
    if (own.count >= MOST_PER_ADDRESS) return this.#leftMs(own)
    own.count += 1
    const all = this.#current(this.#inAll) ?? { count: 0, sinceMs: this.#clock.elapsed() }
    this.#inAll = all
    if (all.count >= MOST_IN_ALL) return this.#leftMs(all)
    all.count += 1
    return undefined
  }

  /**
   * How long the right key has to wait: only for the wrong ones of its own address. Whatever is
   * guessed elsewhere, the owner gets in, even after a slip.
   * @returns milliseconds; `undefined` when it may pass.
   */
  blockedForMs(address: string): number | undefined {
    const own = this.#current(this.#byGroup.get(addressGroup(address)))
    return own && own.count >= MOST_PER_ADDRESS ? this.#leftMs(own) : undefined
  }

  #begin(group: string): Failures {
    const own = { count: 0, sinceMs: this.#clock.elapsed() }
    this.#byGroup.delete(group) // so that it goes to the end
    this.#byGroup.set(group, own)
    const [oldest] = this.#byGroup.keys()
    if (this.#byGroup.size > MOST_ADDRESSES && oldest !== undefined) this.#byGroup.delete(oldest)
    return own
  }

  #current(failures: Failures | undefined): Failures | undefined {
    return failures && this.#leftMs(failures) > 0 ? failures : undefined
  }

  #leftMs({ sinceMs }: Failures): number {
    return sinceMs + WINDOW_MS - this.#clock.elapsed()
  }
}

/**
 * What counts as one address: an IPv4 address (also as IPv6 writes it), all of 127.0.0.0/8, an IPv6
 * /64, since one customer has at least that many to guess from.
 * @param address a port is dropped; some proxies put it into `X-Forwarded-For`. What is no address
 *   counts as it is.
 */
export function addressGroup(address: string): string {
  const ip = withoutPort(address).replace(/%.*$/, '') // a zone, as in fe80::1%eth0
  if (isIPv4(ip)) return ip.startsWith('127.') ? '127.0.0.0/8' : ip
  if (!isIPv6(ip)) return address
  const canonical = new URL(`http://[${ip}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical)
  if (mapped) return addressGroup(mapped.slice(1).map(asBytes).join('.'))
  const [left = [], right = []] = canonical
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`
}

function withoutPort(address: string): string {
  const [, ipv6, ipv4] = /^\[(.+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(address) ?? []
  return ipv6 ?? ipv4 ?? address
}

/** Two bytes of an IPv4 address, from a group of an IPv6 one: `c000` is `192.0`. */
function asBytes(group: string): string {
  const value = Number.parseInt(group, 16)
  return `${value >> 8}.${value & 0xff}`
}
