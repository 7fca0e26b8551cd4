import type { Fault } from './fault.ts'

/** The faults that are still to happen. */
export interface FaultQueue {
  add(fault: Fault): void
  clear(): void
  /** The faults that are not used up, oldest first. */
  list(): readonly Fault[]
  /** Uses the oldest matching fault that is due, once. @returns that fault, if there is one. */
  take(method: string, endpoint: string, accountId?: string | null): Fault | undefined
}

export function createFaultQueue(): FaultQueue {
  let queue: Fault[] = []
  return {
    add: (fault) => void queue.push(fault),
    clear() {
      queue = []
    },
    list: () => [...queue],
    take(method, endpoint, accountId) {
      const matching = queue.filter(
        (fault) =>
          isMatch(fault, method, endpoint) &&
          (fault.accountId === undefined || fault.accountId === accountId),
      )
      const due = matching.find(({ after = 0 }) => after === 0)
      const isWaiting = (fault: Fault): boolean => matching.includes(fault) && fault !== due
      queue = queue.map((fault) =>
        isWaiting(fault) && fault.after ? { ...fault, after: fault.after - 1 } : fault,
      )
      const index = due ? queue.indexOf(due) : -1
      const fault = queue[index]
      if (!fault || fault.count === 'forever') return fault
      const left = (fault.count ?? 1) - 1
      queue.splice(index, 1, ...(left > 0 ? [{ ...fault, count: left }] : []))
      return fault
    },
  }
}

function isMatch(fault: Fault, method: string, endpoint: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false
  if (fault.endpoint === undefined || fault.endpoint === endpoint) return true
  return fault.endpoint === endpoint.slice(endpoint.indexOf(' ') + 1)
}
