/** The next number of a repeatable sequence, in [0, 1). */
export type Chance = () => number

/**
 * Mulberry32: small, fast and the same on every machine. Not for real secrets.
 * @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** FNV-1a over the parts. @returns an unsigned 32-bit number, the same for the same parts. */
export function hashOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const char of parts.join('\u0000'))
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}

/** The sequence that is seeded with these parts. */
export const chanceOf = (...parts: readonly (string | number)[]): Chance =>
  createChance(hashOf(...parts))

/** @returns a whole number from `min` to `max`, both included. */
export const between = (chance: Chance, min: number, max: number): number =>
  min + Math.floor(chance() * (max - min + 1))

/** @throws {RangeError} when there is nothing to pick from. */
export function pick<T>(chance: Chance, choices: readonly T[]): T {
  const choice = choices[Math.floor(chance() * choices.length)]
  if (choice === undefined) throw new RangeError('nothing to pick from')
  return choice
}
