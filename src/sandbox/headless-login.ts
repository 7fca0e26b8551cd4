import { SAM_EMAIL } from './bank/default-cast.ts'
import { loginRequestOf } from './oauth/login-desk.ts'
import type { World } from './world.ts'

/**
 * Logs in without a browser: enters the e-mail address and opens the magic link.
 * @param authorizeUrl the URL to which the client sends its users.
 * @returns the callback URL to which Monzo redirects the browser.
 * @throws {RangeError} for an unknown e-mail address, or unless `response_type` is `code`.
 * @throws {Refusal} E18, E19 for an unknown client or redirect URI.
 */
export function logInHeadlessly(
  world: World,
  authorizeUrl: string | URL,
  email: string = SAM_EMAIL,
): URL {
  const { searchParams } = new URL(authorizeUrl)
  if (searchParams.get('response_type') !== 'code')
    throw new RangeError('response_type must be code')
  const letter = world.desk.sendLetter(loginRequestOf(searchParams), personOf(world, email))
  return world.desk.follow(letter.id)
}

/** @throws {RangeError} when there is no such person. */
export function personOf(world: World, idOrEmail: string) {
  const person = world.bank.findPerson(idOrEmail)
  if (!person) throw new RangeError(`there is no person ${idOrEmail}`)
  return person
}
