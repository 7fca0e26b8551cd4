import { readFile, stat } from 'node:fs/promises'

const GIVE_UP_MS = 10_000 // real time: far more than a disk needs on a busy machine
/** Of the names that `process.getActiveResourcesInfo` gives. */
export const isDiskAtWork = (name: string): boolean => /^FSReq|^CloseReq/.test(name)

/** Node 26 no longer tells of files that are being read. */
function tellsOfDisk(): boolean {
  const request = readFile('package.json')
  const isTold = process.getActiveResourcesInfo().some(isDiskAtWork)
  void request.catch(() => undefined)
  return isTold
}
let isTelling: boolean | undefined

/** Resolves when no file is being read or written; for `DrivenClock.idle`. */
export async function quietDisk(): Promise<void> {
  isTelling ??= tellsOfDisk()
  const startedMs = performance.now()
  const isBusy = () => process.getActiveResourcesInfo().some(isDiskAtWork)
  for (let quiet = 0; quiet < (isTelling ? 10 : 50); quiet++) {
    await new Promise((resolve) => setImmediate(resolve))
    // Whoever reads or writes has come a step further by the time that this has been answered.
    if (!isTelling) await stat('.')
    else if (isBusy() && performance.now() - startedMs < GIVE_UP_MS) quiet = -1
  }
}
