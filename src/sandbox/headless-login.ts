import { SAM_EMAIL } from './bank/default-cast.ts'
import { loginRequestOf } from './oauth/login-desk.ts'
import type { World } from './world.ts'

/**
 * A person's clicks without a browser: e-mail address, mail, magic link.
 * @param authorizeUrl where the client sends its users. @param email Sam's, if absent.
 * @returns where Monzo sends the browser.
 * @throws {RangeError} when nobody has that address.
 * @throws {Refusal} E18, E19 where the page would say that there was a problem.
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
