import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { skip } from './mounts.ts'

const BYTES_OF_LONG = 8
const made = new Map<string, string>()

/** @returns a library made of that C file; `undefined`, and the test skipped, without a compiler. */
function compile(t: TestContext, name: 'odd-clock' | 'odd-disk'): string | undefined {
  const known = made.get(name)
  if (known) return known
  const folder = mkdtempSync(join(tmpdir(), 'monzo-exporter-odd-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const library = join(folder, `${name}.so`)
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, `test/chaos/${name}.c`, '-ldl'])
  } catch (error) {
    skip(t, `cc can't make ${name} (Debian package gcc): ${error}`)
    return undefined
  }
  made.set(name, library)
  return library
}

/** The environment of a process whose wall clock is off by what `set` says. */
export function oddClock(t: TestContext, folder: string) {
  const library = compile(t, 'odd-clock')
  if (!library) return undefined
  const file = join(folder, 'seconds')
  const set = (seconds: number): void => {
    const bytes = Buffer.alloc(BYTES_OF_LONG)
    bytes.writeBigInt64LE(BigInt(seconds))
    writeFileSync(file, bytes, { flag: 'r+' })
  }
  writeFileSync(file, Buffer.alloc(BYTES_OF_LONG))
  return { env: { LD_PRELOAD: library, SHIM_CLOCK: file }, set }
}

/** The environment of a process to whom the disk seems to have these habits; see odd-disk.c. */
export function oddDisk(
  t: TestContext,
  habits: { readonly SHIM_FSYNCDIR?: string; readonly SHIM_COARSE?: string },
): Readonly<Record<string, string>> | undefined {
  const library = compile(t, 'odd-disk')
  return library === undefined ? undefined : { LD_PRELOAD: library, ...habits }
}
