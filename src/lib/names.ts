/** What people call things, by id. */
export type Names = Readonly<Record<string, string>>

/** @returns `undefined` for what has no name; an id such as `constructor` has none by itself. */
export const nameOf = (names: Names, id: string): string | undefined =>
  Object.hasOwn(names, id) ? names[id] : undefined
