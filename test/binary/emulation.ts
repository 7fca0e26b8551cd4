import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Arch, thisArch } from '../../scripts/fetch-node.ts'
import { skip } from '../chaos/mounts.ts'
import { findProgram } from '../e2e/program.ts'

const BINFMT = '/proc/sys/fs/binfmt_misc'
// The ELF header of a program for 64-bit ARM, and which of its bits count. The kernel reads the escapes.
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`

/**
 * Has the kernel run programs for that machine, too, also in a container, until the test ends.
 * @returns whether it can; if not, the test is skipped.
 * @see https://docs.kernel.org/admin-guide/binfmt-misc.html
 */
export function canRun(t: TestContext, arch: Arch): boolean {
  if (arch === thisArch()) return true
  if (arch !== 'arm64') {
    skip(t, `there is no emulation of ${arch} here`)
    return false
  }
  const qemu = findProgram(t, 'qemu-aarch64-static', 'qemu-user-static')
  if (!qemu) return false
  const isMounted = existsSync(join(BINFMT, 'register'))
  if (!isMounted) execFileSync('mount', ['-t', 'binfmt_misc', 'none', BINFMT])
  const name = `monzo-exporter-${process.pid}`
  // F: it is opened now, so that a container does not need to have it.
  writeFileSync(join(BINFMT, 'register'), `:${name}:M::${MAGIC}:${MASK}:${qemu}:F`)
  t.after(() => {
    writeFileSync(join(BINFMT, name), '-1')
    if (!isMounted) execFileSync('umount', [BINFMT])
  })
  return true
}
