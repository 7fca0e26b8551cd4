import type { Config } from '../../config/settings.ts'
import type { Clock } from '../../lib/clock.ts'
import type { HttpFetch } from '../../monzo/http-fetch.ts'
import { networkErrorInWords } from '../network-words.ts'
import { type Finding, fault, ok } from './finding.ts'

const TIMEOUT_MS = 10_000
const MAX_SKEW_MS = 60_000 // tokens and consent last for hours; with NTP, no clock is a minute off

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

/**
 * Whether the API and the login pages can be reached, and whether their clock agrees with ours.
 * With playground tokens the login pages are not needed.
 */
export async function lookAtMonzo({ config, clock, fetch }: MonzoDeps): Promise<MonzoLook> {
  let isApiReached = false
  let skew: Finding | undefined
  const look = async (what: string, url: URL): Promise<Finding> => {
    try {
      const signal = clock.timeout(TIMEOUT_MS)
      const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal })
      skew ??= compareClocks(response.headers.get('date'), clock.now())
      isApiReached ||= url === config.monzo_api_url
      return ok(`${what} at ${url.host} can be reached.`)
    } catch (error) {
      return fault(
        `${what} at ${url.host} can't be reached: ${networkErrorInWords(error)}.`,
        'Let this machine (container, firewall, proxy) connect there by HTTPS.',
      )
    }
  }
  const api = await look("Monzo's API", config.monzo_api_url)
  const pages =
    config.client_id === undefined ? [] : [await look("Monzo's login pages", config.monzo_auth_url)]
  return { findings: [api, ...pages, ...(skew ? [skew] : [])], isApiReached }
}

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
