/** As Monzo writes times: UTC, without zeros at the end of the fraction (`…39.67Z`). */
export const monzoTime = (atMs: number): string =>
  new Date(atMs).toISOString().replace(/\.?0*Z$/, 'Z')
