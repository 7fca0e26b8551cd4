import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

// The Node versions that the tests have to pass on, fetched from npm when asked for. Never
// dependencies: 150 MB each, and every machine of another kind would fail to install.
const VERSIONS = ['20.17.0', '22.23.3', '24.21.0', '26.10.0'] as const
const FOLDER = resolve('.nodes')
const USAGE = `usage: npm run nodes -- fetch [version or major …]
       npm run nodes -- run <version or major> -- <command …>

Versions: ${VERSIONS.join(', ')}`

function main([command, ...args]: readonly string[]): number {
  if (command === 'fetch') {
    for (const version of args.length > 0 ? args.map(versionOf) : VERSIONS)
      console.log(fetchNode(version))
    return 0
  }
  const [wanted = '', ...rest] = args
  const [program, ...programArgs] = rest[0] === '--' ? rest.slice(1) : rest
  if (command !== 'run' || program === undefined) throw new UsageError(USAGE)
  return runWith(fetchNode(versionOf(wanted)), program, programArgs)
}

class UsageError extends Error {}

/** @param wanted `24.21.0`, or `24` for the one that there is of it. */
function versionOf(wanted: string): string {
  const found = VERSIONS.find((version) => version === wanted || version.split('.')[0] === wanted)
  if (!found) throw new UsageError(`There is no Node ${wanted} here.\n${USAGE}`)
  return found
}

/**
 * Fetches a version unless it is there. Whoever comes second while another one fetches does the
 * same work; only one of them puts it in place, and whole.
 * @returns the folder of its `node`.
 */
function fetchNode(version: string): string {
  const folder = join(FOLDER, version)
  const bin = join(folder, 'bin')
  if (!existsSync(folder)) {
    mkdirSync(FOLDER, { recursive: true })
    const temporary = mkdtempSync(join(FOLDER, `.${version}-`))
    try {
      const npm = ['pack', '--silent', '--pack-destination', temporary]
      execFileSync('npm', [...npm, `${packageName()}@${version}`], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const archive = readdirSync(temporary).find((name) => name.endsWith('.tgz')) ?? ''
      execFileSync('tar', ['-xzf', archive, 'package/bin/node'], { cwd: temporary })
      assertVersion(join(temporary, 'package', 'bin'), version)
      moveInto(join(temporary, 'package'), folder)
    } finally {
      rmSync(temporary, { recursive: true, force: true })
    }
  }
  assertVersion(bin, version)
  return bin
}

/** The npm packages that hold Node itself, one for each kind of machine. */
function packageName(): string {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    throw new UsageError(`There is no Node for ${process.platform} on ${process.arch} here.`)
  return `node-linux-${process.arch}`
}

function moveInto(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error // else somebody else was faster
  }
}

function assertVersion(bin: string, version: string): void {
  const says = execFileSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' }).trim()
  if (says !== `v${version}`) throw new Error(`${bin}/node is ${says}, not v${version}`)
}

/** @returns its exit code. */
function runWith(bin: string, program: string, args: readonly string[]): number {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` }
  const { status, error } = spawnSync(program, args, { env, stdio: 'inherit' })
  if (error) throw error
  return status ?? 1
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 64 : 1
}
