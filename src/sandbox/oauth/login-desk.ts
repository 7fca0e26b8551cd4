import type { Clock } from '../../lib/clock.ts'
import type { Chance } from '../bank/chance.ts'
import { createId } from '../bank/ids.ts'
import { ERRORS, Refusal } from '../errors.ts'
import type { ClientRegister } from './clients.ts'
import { createTokenText } from './token-text.ts'

const LETTER_MS = 10 * 60_000 // this and the next are guesses: Monzo does not say
const CODE_MS = 10 * 60_000
const MAX_LETTERS = 200 // the mailbox keeps the newest

/** What a client asks of the authorization page. */
export interface LoginRequest {
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string | undefined
}

/** Reads a login request from a query or a form; what is missing is empty, `state` absent. */
export const loginRequestOf = (fields: URLSearchParams): LoginRequest => ({
  clientId: fields.get('client_id') ?? '',
  redirectUri: fields.get('redirect_uri') ?? '',
  state: fields.get('state') ?? undefined,
})

/** A mail with a magic link; `id` is the link's last part. */
export interface Letter {
  readonly id: string
  readonly email: string
  readonly userId: string
  readonly clientId: string
  readonly sentAtMs: number
}

interface SentLetter extends Letter {
  readonly request: LoginRequest
}

interface Code {
  readonly clientId: string
  readonly userId: string
  readonly redirectUri: string
  readonly expiresAtMs: number
  isUsed: boolean
}

/** The steps of a login from the authorization page to the code exchange. */
export interface LoginDesk {
  /** @throws {Refusal} E18 for an unknown client, E19 for a redirect URI that is not registered. */
  check(request: LoginRequest): void
  /**
   * Sends a mail with a magic link.
   * @throws {Refusal} as `check`.
   */
  sendLetter(request: LoginRequest, person: { readonly id: string; readonly email: string }): Letter
  /** Newest first. */
  letters(): readonly Letter[]
  /**
   * Opens a letter's magic link.
   * @returns the redirect URI with a new code, and with the state if there was one.
   * @throws {Refusal} NOT_FOUND for a link that is unknown or older than ten minutes.
   */
  follow(letterId: string): URL
  /**
   * "This wasn't me".
   * @returns the redirect URI with `access_denied`.
   * @throws {Refusal} NOT_FOUND likewise.
   */
  deny(letterId: string): URL
  /**
   * Exchanges a code, which works once.
   * @returns the user's id.
   * @throws {Refusal} E15, E16, E17, E19.
   */
  redeem(code: string | null, clientId: string, redirectUri: string | null): string
}

export interface LoginDeskDeps {
  readonly clock: Clock
  /** Makes links and codes. */
  readonly chance: Chance
  readonly clients: ClientRegister
}

export function createLoginDesk({ clock, chance, clients }: LoginDeskDeps): LoginDesk {
  const letters = new Map<string, SentLetter>()
  const codes = new Map<string, Code>()

  function letterOf(letterId: string): SentLetter {
    const letter = letters.get(letterId)
    if (letter && clock.now() - letter.sentAtMs <= LETTER_MS) return letter
    throw new Refusal(ERRORS.NOT_FOUND, { fill: { what: 'magic_link' } })
  }

  function check({ clientId, redirectUri }: LoginRequest): void {
    const client = clients.find(clientId)
    if (!client) throw new Refusal(ERRORS.E18)
    if (!client.redirectUris.includes(redirectUri)) throw new Refusal(ERRORS.E19)
  }

  return {
    check,
    sendLetter(request, person) {
      check(request)
      const letter = {
        id: createId('magiclink', chance),
        email: person.email,
        userId: person.id,
        clientId: request.clientId,
        sentAtMs: clock.now(),
        request,
      }
      letters.set(letter.id, letter)
      const [oldest] = letters.keys()
      if (letters.size > MAX_LETTERS && oldest !== undefined) letters.delete(oldest)
      return letter
    },
    letters: () => [...letters.values()].toReversed(),
    follow(letterId) {
      const { request, userId } = letterOf(letterId)
      const code = createTokenText('azc', chance)
      const { clientId, redirectUri } = request
      const expiresAtMs = clock.now() + CODE_MS
      codes.set(code, { clientId, userId, redirectUri, expiresAtMs, isUsed: false })
      return callbackUrl(request, { code })
    },
    deny: (letterId) => callbackUrl(letterOf(letterId).request, { error: 'access_denied' }),
    redeem(text, clientId, redirectUri) {
      const code = codes.get(text ?? '')
      if (!code || code.clientId !== clientId) throw new Refusal(ERRORS.E17)
      if (code.isUsed) throw new Refusal(ERRORS.E15)
      if (code.expiresAtMs <= clock.now()) throw new Refusal(ERRORS.E16)
      if (code.redirectUri !== redirectUri) throw new Refusal(ERRORS.E19)
      code.isUsed = true
      return code.userId
    },
  }
}

function callbackUrl(request: LoginRequest, query: Readonly<Record<string, string>>): URL {
  const url = new URL(request.redirectUri)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  if (request.state !== undefined) url.searchParams.set('state', request.state)
  return url
}
