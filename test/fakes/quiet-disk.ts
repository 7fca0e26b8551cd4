const GIVE_UP_MS = 10_000 // real time: far more than a disk needs on a busy machine

/** Resolves when no file is being read or written; for `DrivenClock.idle`. */
export async function quietDisk(): Promise<void> {
  const startedMs = performance.now()
  for (let quiet = 0; quiet < 10; quiet++) {
    await new Promise((resolve) => setImmediate(resolve))
    const isBusy = process.getActiveResourcesInfo().some((name) => /^FSReq|^CloseReq/.test(name))
    if (isBusy && performance.now() - startedMs < GIVE_UP_MS) quiet = -1
  }
}
