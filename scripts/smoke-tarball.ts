import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Tries what users get: the packed tarball, installed with its production dependencies only.
const WANTED = [/^package\.json$/, /^dist\/main\.js$/, /^config\.toml\.example$/, /^LICENSE$/]
const UNWANTED = [
  /^(?:src|test|bench|scripts)\//,
  /\.ts$/,
  /^config\.toml$/,
  /tokens\.json$/,
  /^\./,
]
const CONFIG = `client_id = "oauth2client_0000TarballSmoke"
client_secret = "mnzconf.tarball+smoke=="
`

const folder = mkdtempSync(join(tmpdir(), 'monzo-exporter-tarball-'))
try {
  const home = join(folder, 'home')
  mkdirSync(home)
  npm(['run', '--silent', 'build'])
  checkFiles(packInto(folder))
  npm(['install', '--prefix', home, '--omit=dev', '--no-audit', '--no-fund', tarballIn(folder)])
  tryCommands(home)
  console.log('The tarball installs and runs.')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function npm(args: readonly string[]): string {
  return execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** @returns what is in the tarball. */
function packInto(destination: string): readonly string[] {
  const report = JSON.parse(npm(['pack', '--json', '--pack-destination', destination]))
  const files: readonly { readonly path: string }[] = report[0].files
  return files.map(({ path }) => path)
}

function checkFiles(paths: readonly string[]): void {
  for (const pattern of WANTED)
    assert.ok(
      paths.some((path) => pattern.test(path)),
      `the tarball lacks ${pattern}`,
    )
  const strays = paths.filter((path) => UNWANTED.some((pattern) => pattern.test(path)))
  assert.deepEqual(strays, [], 'the tarball has files that are not for users')
}

function tarballIn(destination: string): string {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'))
  return join(destination, `${name}-${version}.tgz`)
}

function tryCommands(cwd: string): void {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  assert.ok(run(cwd, ['--version'], 0).startsWith(`monzo-exporter ${version} (`))
  assert.match(run(cwd, ['--help'], 0), /check-config/)
  run(cwd, ['check-config'], 64) // nothing is configured
  writeFileSync(join(cwd, 'config.toml'), CONFIG)
  assert.match(run(cwd, ['check-config'], 0), /is good/)
  run(cwd, ['check-config', '--poll-interval', 'soon'], 78)
}

/** @returns its standard output. */
function run(cwd: string, args: readonly string[], exitCode: number): string {
  const program = join(cwd, 'node_modules', '.bin', 'monzo-exporter')
  const options = { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'] } } as const
  const { status, stdout, stderr } = spawnSync(program, args, options)
  assert.equal(status, exitCode, `monzo-exporter ${args.join(' ')}: exit ${status}\n${stderr}`)
  return stdout
}
