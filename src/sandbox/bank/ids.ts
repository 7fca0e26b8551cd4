import type { Chance } from './chance.ts'

/** In the order of the character codes, so that timed ids sort as text in the order of time. */
const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const LENGTH = 18 // after `0000`: 22 characters in all, like Monzo's
const TIME_LENGTH = 7 // 62^7 ms reach to the year 2081

/** @returns an id in Monzo's format: `<prefix>_0000` and 18 base-62 characters. */
export const createId = (prefix: string, chance: Chance): string =>
  `${prefix}_0000${randomText(chance, LENGTH)}`

/** As `createId`, but sorted by time, since Monzo lists transactions by id. */
export const createTimedId = (prefix: string, atMs: number, chance: Chance): string =>
  `${prefix}_0000${timeText(atMs)}${randomText(chance, LENGTH - TIME_LENGTH)}`

/** The time in a timed id, in Unix ms; `undefined` for any other text. */
export function timeOfId(prefix: string, id: string): number | undefined {
  const start = `${prefix}_0000`
  if (!id.startsWith(start) || !/^[0-9A-Za-z]{18}$/.test(id.slice(start.length))) return undefined
  let atMs = 0
  for (const char of id.slice(start.length, start.length + TIME_LENGTH))
    atMs = atMs * BASE_62.length + BASE_62.indexOf(char)
  return atMs
}

function randomText(chance: Chance, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += BASE_62.charAt(Math.floor(chance() * BASE_62.length))
  return text
}

function timeText(atMs: number): string {
  let text = ''
  for (let rest = Math.max(0, Math.floor(atMs)); text.length < TIME_LENGTH; ) {
    text = BASE_62.charAt(rest % BASE_62.length) + text
    rest = Math.floor(rest / BASE_62.length)
  }
  return text
}
