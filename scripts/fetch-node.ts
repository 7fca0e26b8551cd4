import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

// Node versions are fetched from npm on demand. They can't be dependencies: they have 150 MB each,
// and `npm ci` would fail on every other kind of machine.
const FOLDER = resolve('.nodes')
/** The Node versions on which the tests must pass. */
export const NODE_VERSIONS = ['20.17.0', '22.23.3', '24.21.0', '26.10.0'] as const
/** The newest release line with long-term support. Does not depend on the Node that builds. */
export const NODE_IN_BINARY = '24.21.0'
export const ARCHITECTURES = ['x64', 'arm64'] as const
export type Arch = (typeof ARCHITECTURES)[number]

/** A version, machine or command that is not supported. The message is for the user. */
export class UsageError extends Error {}

/** @param wanted a version such as `24.21.0`, or its major version, `24`. @throws {UsageError} */
export function nodeVersionOf(wanted: string): string {
  const found = NODE_VERSIONS.find((version) => [version, version.split('.')[0]].includes(wanted))
  if (!found)
    throw new UsageError(`Unknown Node version ${wanted}.\nVersions: ${NODE_VERSIONS.join(', ')}`)
  return found
}

/** @throws {UsageError} unless this is Linux on x64 or arm64. */
export function thisArch(): Arch {
  const arch = ARCHITECTURES.find((known) => known === process.arch)
  if (process.platform !== 'linux' || !arch)
    throw new UsageError(
      `Only Linux on x64 or arm64 is supported, not ${process.platform} on ${process.arch}.`,
    )
  return arch
}

/**
 * Fetches a Node version unless it was fetched before. Concurrent calls each download it, and one
 * of them moves the complete folder into place.
 * @param version one of `NODE_VERSIONS`.
 * @returns a folder with `bin/node` and `LICENSE`.
 */
export function fetchNode(version: string, arch: Arch = thisArch()): string {
  const folder = join(FOLDER, `${version}-${arch}`)
  if (!existsSync(folder)) {
    mkdirSync(FOLDER, { recursive: true })
    const temporary = mkdtempSync(join(FOLDER, `.${version}-`))
    try {
      const npm = ['pack', '--silent', '--pack-destination', temporary]
      execFileSync('npm', [...npm, `node-linux-${arch}@${version}`], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const archive = readdirSync(temporary).find((name) => name.endsWith('.tgz')) ?? ''
      const wanted = ['package/bin/node', 'package/LICENSE']
      execFileSync('tar', ['-xzf', archive, ...wanted], { cwd: temporary })
      assertVersion(join(temporary, 'package'), version, arch)
      moveInto(join(temporary, 'package'), folder)
    } finally {
      rmSync(temporary, { recursive: true, force: true })
    }
  }
  assertVersion(folder, version, arch)
  return folder
}

function moveInto(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error // otherwise a concurrent fetch was faster
  }
}

function assertVersion(folder: string, version: string, arch: Arch): void {
  if (arch !== thisArch()) return // can't be run on this machine
  const node = join(folder, 'bin', 'node')
  const says = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  if (says !== `v${version}`) throw new Error(`${node} is ${says}, not v${version}`)
}
