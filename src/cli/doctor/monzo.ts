import type { Config } from '../../config/settings.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { parseJson } from '../../lib/json.ts'
import { baseOf } from '../../lib/url.ts'
import { type HttpFetch, type HttpReply, readBody } from '../../monzo/http-fetch.ts'
import { nameOfProxy } from '../../monzo/proxies.ts'
import { errorSchema } from '../../monzo/schemas.ts'
import { networkErrorInWords } from '../network-words.ts'
import { asSentence, type Finding, fault, ok } from './finding.ts'

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 64 * 1024
const MAX_SKEW_MS = 60_000 // tokens and consent last for hours; with NTP, no clock is a minute off
const OPEN_THE_WAY = 'Let this machine (container, firewall, proxy) connect there by HTTPS.'

export interface MonzoDeps {
  readonly config: Config
  readonly clock: Clock
  readonly fetch: HttpFetch
}

/** What was found about Monzo's hosts. No request tells who we are. */
export interface MonzoLook {
  readonly findings: readonly Finding[]
  /** Whether it makes sense to ask the API for more. */
  readonly isApiReached: boolean
}

/** One of Monzo's hosts, and what to ask it. */
interface Host {
  readonly what: string
  readonly url: URL
  readonly method: 'GET' | 'HEAD'
  /** Whether Monzo itself has answered. */
  readonly isMonzo: (reply: HttpReply) => Promise<boolean>
}

/**
 * Whether the API and the login pages can be reached, and whether their clock agrees with ours.
 * With playground tokens the login pages are not needed.
 */
export async function lookAtMonzo({ config, clock, fetch }: MonzoDeps): Promise<MonzoLook> {
  let skew: Finding | undefined
  const look = async ({ what, url, method, isMonzo }: Host): Promise<Finding> => {
    const proxy = fetch.proxyFor?.(url)
    const via = proxy ? `, through ${nameOfProxy(proxy)}` : ''
    const where = `${what} at ${url.host}`
    try {
      const { reply, hasAnswered } = await clock.within(TIMEOUT_MS, async (signal) => {
        const reply = await fetch(url, { method, redirect: 'manual', signal })
        return { reply, hasAnswered: await isMonzo(reply) }
      })
      if (!hasAnswered)
        return fault(
          `Something else answers in place of ${where}${via}, with ${reply.status}.`,
          'Look for what stands in between: a firewall, a proxy, the login page of a network.',
        )
      skew ??= compareClocks(reply.headers.get('date'), clock.now())
      return ok(`${where} can be reached${via}.`)
    } catch (error) {
      if (error instanceof AppError)
        return fault(`${where} can't be reached: ${asSentence(error.message)}`, error.hint)
      return fault(
        `${where} can't be reached${via}: ${networkErrorInWords(error)}.`,
        proxy ? `${OPEN_THE_WAY} ${proxy.variable} names the proxy.` : OPEN_THE_WAY,
      )
    }
  }
  const api = await look({
    what: "Monzo's API",
    url: new URL(`${baseOf(config.monzo_api_url)}/ping`),
    method: 'GET',
    isMonzo: async (reply) => isFromMonzo(parseJson((await readBody(reply, MAX_BODY_BYTES)) ?? '')),
  })
  const pages: Host = {
    what: "Monzo's login pages",
    url: config.monzo_auth_url,
    method: 'HEAD',
    // A page says nothing of who has sent it, but these are statuses of what stands in between.
    isMonzo: async ({ status }) => ![403, 407, 451, 511].includes(status),
  }
  const findings = config.client_id === undefined ? [api] : [api, await look(pages)]
  return { findings: [...findings, ...(skew ? [skew] : [])], isApiReached: api.kind === 'ok' }
}

/** `{"ping":"pong"}`, or one of Monzo's errors. */
const isFromMonzo = (json: unknown): boolean =>
  errorSchema.safeParse(json).success ||
  (typeof json === 'object' && json !== null && 'ping' in json)

/** @param date the `Date` header of a reply, to the second. */
export function compareClocks(date: string | null, nowMs: number): Finding | undefined {
  const aheadMs = nowMs - Date.parse(date ?? '')
  if (Number.isNaN(aheadMs)) return undefined
  if (Math.abs(aheadMs) <= MAX_SKEW_MS) return ok("This machine's clock agrees with Monzo's.")
  const minutes = Math.round(Math.abs(aheadMs) / 60_000)
  const amount = minutes === 1 ? 'a minute' : `${minutes} minutes`
  return fault(
    `This machine's clock is ${amount} ${aheadMs > 0 ? 'ahead of' : 'behind'} Monzo's.`,
    'Set it, and keep it right: timedatectl set-ntp true',
  )
}
