/** A time in Monzo's format: UTC, without trailing zeros in the fraction (`…39.67Z`). */
export const monzoTime = (atMs: number): string =>
  new Date(atMs).toISOString().replace(/\.?0*Z$/, 'Z')
