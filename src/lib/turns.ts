/** Runs work of the same name one after another, in the order of the calls. */
export function createTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<void>>() // the last work of each name that is under way
  return (name, work) => {
    const result = (last.get(name) ?? Promise.resolve()).then(work)
    const done = result
      .then(nothing, nothing)
      .finally(() => last.get(name) === done && last.delete(name))
    last.set(name, done)
    return result
  }
}

const nothing = (): void => undefined
