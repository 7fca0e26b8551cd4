/** Tracks work that a shutdown must wait for. */
export interface InFlight {
  /** @returns the same promise. */
  track<T>(work: Promise<T>): Promise<T>
  /** Resolves when all tracked work has ended, successfully or not. */
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
