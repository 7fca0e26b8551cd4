import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

// The Node versions that the tests have to pass on, and that the one binary is made of, fetched
// from npm when asked for. Never dependencies: 150 MB each, and every machine of another kind
// would fail to install.
const FOLDER = resolve('.nodes')
export const NODE_VERSIONS = ['20.17.0', '22.23.3', '24.21.0', '26.10.0'] as const
/** The newest line with long-term support; not the Node that happens to build. */
export const NODE_IN_BINARY = '24.21.0'
export const ARCHITECTURES = ['x64', 'arm64'] as const
export type Arch = (typeof ARCHITECTURES)[number]

/** What a person asked for that there is not; the message says so in a sentence. */
export class UsageError extends Error {}

/** @param wanted `24.21.0`, or `24` for the one that there is of it. */
export function nodeVersionOf(wanted: string): string {
  const found = NODE_VERSIONS.find((version) => [version, version.split('.')[0]].includes(wanted))
  if (!found)
    throw new UsageError(`There is no Node ${wanted} here.\nVersions: ${NODE_VERSIONS.join(', ')}`)
  return found
}

/** @returns the kind of this machine. */
export function thisArch(): Arch {
  const arch = ARCHITECTURES.find((known) => known === process.arch)
  if (process.platform !== 'linux' || !arch)
    throw new UsageError(`There is no Node for ${process.platform} on ${process.arch} here.`)
  return arch
}

/**
 * Fetches a version unless it is there. Whoever comes second while another one fetches does the
 * same work; only one of them puts it in place, and whole.
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
    if (!existsSync(to)) throw error // else somebody else was faster
  }
}

function assertVersion(folder: string, version: string, arch: Arch): void {
  if (arch !== thisArch()) return // it does not run here
  const node = join(folder, 'bin', 'node')
  const says = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  if (says !== `v${version}`) throw new Error(`${node} is ${says}, not v${version}`)
}
