import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fetchNode, nodeVersionOf } from './fetch-node.ts'

// Tries what users get: the packed tarball, installed with its production dependencies only, and run
// by `npx` in an empty folder; on this Node, or on those that are named, as in `npm run smoke -- 22 24`.
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
  const named = process.argv.slice(2).map((wanted) => fetchNode(nodeVersionOf(wanted)))
  const nodes = named.map((from) => join(from, 'bin', 'node'))
  for (const node of nodes.length > 0 ? nodes : [process.execPath]) {
    tryCommands(home, node)
    const version = await tryDemo(tarballIn(folder), node)
    console.log(`The tarball runs on Node ${version}.`)
  }
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

function tryCommands(home: string, node: string): void {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const cwd = mkdtempSync(join(folder, 'empty-'))
  const program = join(home, 'node_modules', '.bin', 'monzo-exporter')
  /** @returns its standard output. */
  const run = (args: readonly string[], exitCode: number): string => {
    const env = { PATH: pathWith(node) }
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', env })
    assert.equal(status, exitCode, `monzo-exporter ${args.join(' ')}: exit ${status}\n${stderr}`)
    return stdout
  }
  assert.ok(run(['--version'], 0).startsWith(`monzo-exporter ${version} (`))
  assert.match(run(['--help'], 0), /check-config/)
  run(['check-config'], 64) // nothing is configured
  writeFileSync(join(cwd, 'config.toml'), CONFIG)
  assert.match(run(['check-config'], 0), /is good/)
  run(['check-config', '--poll-interval', 'soon'], 78)
}

function pathWith(node: string): string {
  return `${dirname(node)}:${process.env['PATH']}`
}

/**
 * What `npx monzo-exporter demo --approve` does, with the package from a file.
 * @returns on which version of Node it ran.
 */
async function tryDemo(tarball: string, node: string): Promise<string> {
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
    env: { ...process.env, PATH: pathWith(node) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let said = ''
    for await (const chunk of child.stdout) {
      said += chunk
      const [, stats] = /curl -s (\S+)/.exec(said) ?? []
      if (stats === undefined) continue
      return nodeVersionIn(await waitForBalance(stats), node)
    }
    throw new Error(`the demo ended:\n${said}`)
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
}

/** @returns the exposition that has one. */
async function waitForBalance(stats: string): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    const text = await (await fetch(stats)).text()
    if (/^monzo_balance\{/m.test(text)) return text
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the demo exports no balance')
}

/** @throws {AssertionError} if another Node than that was found. */
function nodeVersionIn(exposition: string, node: string): string {
  const [, version = ''] =
    /^monzo_exporter_build_info\{.*node_version="v([^"]+)"/m.exec(exposition) ?? []
  assert.equal(`v${version}`, execFileSync(node, ['--version'], { encoding: 'utf8' }).trim())
  return version
}
