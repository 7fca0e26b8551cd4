import type { Chance } from './chance.ts'

/** In the order of their character codes, so that later ids also compare as later text. */
const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const LENGTH = 18 // after `0000`: 22 characters in all, as Monzo's
const TIME_LENGTH = 7 // 62^7 ms reach to the year 2081

/** @returns an id as Monzo makes them: `<prefix>_0000` and 18 base-62 characters. */
export const createId = (prefix: string, chance: Chance): string =>
  `${prefix}_0000${randomText(chance, LENGTH)}`

/** The same, but ids of a later time are greater: Monzo lists transactions by id. */
export const createTimedId = (prefix: string, atMs: number, chance: Chance): string =>
  `${prefix}_0000${timeText(atMs)}${randomText(chance, LENGTH - TIME_LENGTH)}`

/** When an id was made, in Unix ms, if it is a timed one of this prefix. */
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
