import { execFileSync } from 'node:child_process'
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const PAGE_BYTES = 4096

/** Says why a test can't run here; with TESTS_NO_SKIP it fails instead. */
export function skip(t: TestContext, why: string): void {
  if (process.env['TESTS_NO_SKIP']) throw new Error(`must not be skipped: ${why}`)
  t.skip(why)
}

/** A folder that is gone after the test, after what was done to it is undone, newest first. */
export async function scratchFolder(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'monzo-exporter-chaos-'))
  const undo: (() => void)[] = []
  t.after(async () => {
    for (const step of undo.reverse()) step()
    await rm(folder, { recursive: true, force: true })
  })
  /** @returns whether it worked: only root may do such things, and not in every container. */
  const run = (command: string, args: readonly string[], revert?: readonly string[]): boolean => {
    try {
      execFileSync(command, args, { stdio: 'ignore' })
    } catch {
      skip(t, `${command} needs root`)
      return false
    }
    const [undoing, ...undoingArgs] = revert ?? []
    if (undoing) undo.push(() => execFileSync(undoing, undoingArgs, { stdio: 'ignore' }))
    return true
  }
  return {
    folder,
    /** Mounts a file over itself, as containers do with `-v ./tokens.json:/tokens.json`. */
    mountAlone: (path: string) => run('mount', ['--bind', path, path], ['umount', path]),
    makeImmutable: (path: string) => run('chattr', ['+i', path], ['chattr', '-i', path]),
    run,
  }
}

/** A real disk of that size, gone after the test; `undefined`, and the test skipped, without root. */
export async function tinyDisk(t: TestContext, bytes: number) {
  const { folder, run } = await scratchFolder(t)
  const options = ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'none', folder]
  if (!run('mount', options, ['umount', '--lazy', folder])) return undefined
  const filler = join(folder, 'filler')
  return {
    folder,
    /** Fills it up to that many free pages of 4 KiB. */
    fill(freePages = 0): void {
      const file = openSync(filler, 'w')
      try {
        while (writeSync(file, Buffer.alloc(PAGE_BYTES)) === PAGE_BYTES);
      } catch {
        // full
      }
      ftruncateSync(file, fstatSync(file).size - freePages * PAGE_BYTES)
      closeSync(file)
    },
    empty: () => rm(filler, { force: true }),
    remount(mode: 'ro' | 'rw'): void {
      execFileSync('mount', ['-o', `remount,${mode}`, folder], { stdio: 'ignore' })
    },
  }
}
