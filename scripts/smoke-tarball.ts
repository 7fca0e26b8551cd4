import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchNode, nodeVersionOf } from './fetch-node.ts'

// Tries what users get: the packed tarball, installed with its production dependencies only, and run
// by `npx` in an empty folder; on this Node and on each that is named, as in `npm run smoke -- 22 24`.
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
  await tryDemo(tarballIn(folder), process.execPath)
  for (const wanted of process.argv.slice(2))
    await tryDemo(tarballIn(folder), join(fetchNode(nodeVersionOf(wanted)), 'bin', 'node'))
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

/** What `npx monzo-exporter demo --approve` does, with the package from a file. */
async function tryDemo(tarball: string, node: string): Promise<void> {
  const cwd = mkdtempSync(join(folder, 'empty-'))
  const npmCli = execFileSync('npm', ['prefix', '--global'], { encoding: 'utf8' }).trim()
  const args = [
    'exec',
    '--yes',
    `--package=${tarball}`,
    '--',
    'monzo-exporter',
    'demo',
    '--approve',
  ]
  const child = spawn(node, [join(npmCli, 'lib/node_modules/npm/bin/npm-cli.js'), ...args], {
    cwd,
    detached: true, // its whole group is ended below
    env: { ...process.env, PATH: `${join(node, '..')}:${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let said = ''
    for await (const chunk of child.stdout) {
      said += chunk
      const [, stats] = /curl -s (\S+)/.exec(said) ?? []
      if (stats === undefined) continue
      await waitForBalance(stats)
      return
    }
    throw new Error(`the demo ended:\n${said}`)
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
}

async function waitForBalance(stats: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const text = await (await fetch(stats)).text()
    if (/^monzo_balance\{/m.test(text)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the demo exports no balance')
}
