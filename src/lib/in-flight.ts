/** Work that must not be cut off by a shutdown. */
export interface InFlight {
  /** @returns the same promise. */
  track<T>(work: Promise<T>): Promise<T>
  /** Resolves when nothing is under way, however it ended. */
  settled(): Promise<void>
}

export function createInFlight(): InFlight {
  const underWay = new Set<Promise<unknown>>()
  return {
    track(work) {
      const tracked = work.catch(() => undefined).finally(() => underWay.delete(tracked))
      underWay.add(tracked)
      return work
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
