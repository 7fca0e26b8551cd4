/** A typo changes few letters; a name with more changes is another word. */
const MAX_DISTANCE = 3

/**
 * The known name that was probably meant: the one with the fewest letters to insert, delete, replace
 * or swap. Upper case, and `-` instead of `_`, don't count.
 * @returns `undefined` when none is near: at most 3 letters, and a third of the name.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase().replaceAll('-', '_')
  const maxDistance = Math.min(MAX_DISTANCE, Math.max(1, Math.floor(wanted.length / 3)))
  let nearest: { readonly name: string; readonly distance: number } | undefined
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > maxDistance) continue
    const distance = editDistance(wanted, candidate)
    if (distance <= maxDistance && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY))
      nearest = { name: candidate, distance }
  }
  return nearest?.name
}

/** Damerau-Levenshtein in its "optimal string alignment" form; keeps three rows of the matrix. */
function editDistance(one: string, other: string): number {
  let previous: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1]
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      next[j] = Math.min(
        at(row, j) + 1,
        at(next, j - 1) + 1,
        at(row, j - 1) + (isSame ? 0 : 1),
        isSwapped ? at(previous, j - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    previous = row
    row = next
  }
  return at(row, other.length)
}

const at = (row: readonly number[], index: number) => row[index] ?? Number.POSITIVE_INFINITY
