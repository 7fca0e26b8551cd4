import type { Config } from '../../config/settings.ts'
import { type Clock, DAY_MS } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { chooseAccounts } from '../../login/choose-accounts.ts'
import { consentEndsAtMs } from '../../login/consent.ts'
import { asSubject, whoseLogin } from '../../login/whose-login.ts'
import { MonzoClient } from '../../monzo/client.ts'
import type { HttpFetch } from '../../monzo/http-fetch.ts'
import type { StoredLogin } from '../../tokens/schemas.ts'
import { hintOf } from '../command-hint.ts'
import { asSentence, type Finding, fault, note, ok } from './finding.ts'

const WARN_DAYS = 7
const TIMEOUT_MS = 20_000 // for one login, retries included

export interface LoginDeps {
  readonly config: Config
  readonly clock: Clock
  readonly fetch: HttpFetch
  readonly random: () => number
}

/** One access token, and whose it is. */
export interface Access {
  readonly whose: string
  readonly token: string
}

interface LookDeps extends Pick<LoginDeps, 'config' | 'clock'> {
  /** Whether an exporter runs. */
  readonly isRunning: boolean
}

/** What tokens.json says about every login, and the tokens that haven't expired, for `askMonzo`. */
export function lookAtLogins(
  logins: readonly StoredLogin[],
  { config, clock, isRunning }: LookDeps,
): { readonly findings: readonly Finding[]; readonly accesses: readonly Access[] } {
  if (logins.length === 0)
    return {
      findings: [
        fault(
          'Nobody is logged in.',
          isRunning
            ? `Open the link that the running exporter has printed, or its status page: ${config.redirect_uri}`
            : 'Run `monzo-exporter`, and open the link that it prints.',
        ),
      ],
      accesses: [],
    }
  const again = isRunning
    ? `Log in again: open the status page of the running exporter: ${config.redirect_uri}`
    : 'Log in again: run `monzo-exporter`, and open its status page.'
  const findings = logins.flatMap((login) => [
    ...consentOf(login, clock.now(), again),
    ...clientOf(login, config),
  ])
  const accesses = logins
    .filter(({ expires_at }) => Date.parse(expires_at) > clock.now())
    .map((login) => ({ whose: whoseLogin(login.user_id), token: login.access_token }))
  return { findings, accesses }
}

/** @param again how to log in again. */
function consentOf(login: StoredLogin, nowMs: number, again: string): readonly Finding[] {
  const whose = asSubject(whoseLogin(login.user_id))
  const expiresAtMs = Date.parse(login.expires_at)
  const token =
    expiresAtMs > nowMs
      ? ok(`${whose} has an access token until ${login.expires_at}.`)
      : note(
          `${whose} has an access token that expired at ${login.expires_at}.`,
          'A running exporter renews it by itself, and so does one that is started.',
        )
  if (login.authorized_at === undefined) return [token]
  const endsAtMs = consentEndsAtMs(login.authorized_at)
  const ends = new Date(endsAtMs).toISOString().slice(0, 10)
  if (endsAtMs <= nowMs)
    return [token, fault(`${whose} is over: Monzo's consent ended on ${ends}.`, again)]
  if (endsAtMs <= nowMs + WARN_DAYS * DAY_MS)
    return [token, note(`${whose} ends soon: Monzo's consent ends on ${ends}.`, again)]
  return [token]
}

function clientOf(login: StoredLogin, { client_id: clientId }: Config): readonly Finding[] {
  if (login.client_id === undefined || login.client_id === clientId) return []
  return [
    fault(
      `${asSubject(whoseLogin(login.user_id))} was made with another client_id, so it can't be refreshed.`,
      'Put that client_id and its secret back, or log in again.',
    ),
  ]
}

/** Asks Monzo whether a token works, by listing accounts. Refreshes nothing. */
export async function askMonzo(access: Access, deps: LoginDeps): Promise<Finding> {
  const { config, clock, fetch, random } = deps
  const client = new MonzoClient({
    baseUrl: config.monzo_api_url,
    fetch,
    clock,
    random,
    onCall: () => {},
    onUnreadable: () => {},
    async accessToken(refused) {
      if (refused === undefined) return access.token
      throw new AppError('MONZO_TOKEN_REFUSED', 'refused', { hint: '' })
    },
  })
  const whose = asSubject(access.whose)
  try {
    const listed = await clock.within(TIMEOUT_MS, (limit) => client.readAccounts(limit))
    const { length } = chooseAccounts(listed, config.account_id)
    return ok(
      `${whose} works: it sees ${length === 1 ? 'an account' : `${length} accounts`} to export.`,
    )
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'MONZO_TOKEN_REFUSED')
      return fault(
        `Monzo refuses the access token of ${access.whose}.`,
        config.access_tokens.length > 0
          ? "Copy a new token from Monzo's playground: they last about six hours."
          : 'If a running exporter does not recover within minutes, log in again by its link.',
      )
    if (error.code === 'MONZO_FORBIDDEN')
      return fault(
        `${whose} may not read accounts: nobody has approved it, or consent is over.`,
        'Open the Monzo app and approve the access; if it asks for nothing, log in again.',
      )
    return fault(`${whose}: ${asSentence(error.message)}`, hintOf(error))
  }
}
