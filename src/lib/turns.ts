/** Has work of the same name done one after the other, in the order asked for. */
export function createTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<void>>() // those who are still at it
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
