import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { parse } from '@iarna/toml'
import { AS_AT_A_TERMINAL, commandBlocks } from '../e2e/command-blocks.ts'
import { eventually } from '../e2e/harness.ts'
import { exportsHistory, logInAndApprove, startMonzo } from '../e2e/log-in.ts'
import { startMain } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'
import { copyDebian, createDebian, type DebianTree } from './debian-tree.ts'
import { debOf } from './executables.ts'

const CONFIG = '/etc/monzo-exporter/config.toml'
const STATE = '/var/lib/monzo-exporter'

for (const release of ['bookworm', 'trixie'] as const)
  it(`Under the systemd of Debian ${release} a service is installed and stays logged in`, async (t) => {
    const fresh = await createDebian(t, release)
    if (!fresh) return
    const inDebian = (title: string, use: (t: TestContext, debian: DebianTree) => Promise<void>) =>
      t.test(title, async (part) => {
        const debian = await copyDebian(part, fresh)
        await debian.boot()
        await use(part, debian)
      })
    await inDebian('as a package, which is upgraded, removed and purged', useThePackage)
    await inDebian('by the commands of docs/systemd.md, after a trial', followThePage)
  })

type Monzo = Awaited<ReturnType<typeof startMonzo>>

/** All that happens to the package, by dpkg and systemctl. */
async function useThePackage(t: TestContext, debian: DebianTree) {
  const folder = await createFolder(t)
  await copyFile(await earlierVersion(folder), join(debian.root, 'root', 'earlier.deb'))
  await copyFile(debOf('amd64'), join(debian.root, 'root', 'new.deb'))
  const monzo = await startMonzo(t)

  const said = debian.ask('dpkg', '-i', '/root/earlier.deb')
  assert.match(said, /\nNext: put your client_id .* sudo systemctl enable --now monzo-exporter$/m)
  const { mode } = await stat(join(debian.root, CONFIG))
  assert.equal(mode & 0o777, 0o640)
  assert.equal(debian.ask('stat', '-c', '%U:%G', CONFIG).trim(), 'root:monzo-exporter')
  assert.match(debian.ask('monzo-exporter', '--version'), /^monzo-exporter /m)

  debian.run('systemctl', 'enable', '--now', 'monzo-exporter') // fails: nothing is configured yet
  await eventually(() => {
    const journal = debian.ask('journalctl', '-u', 'monzo-exporter', '-o', 'cat')
    assert.match(journal, /client_id: is still the placeholder from the example/)
    assert.equal(debian.run('systemctl', 'is-failed', 'monzo-exporter').text, 'failed\n')
  })
  await configure(debian, monzo)
  assert.match(debian.ask('monzo-exporter', 'check-config', '--config', CONFIG), /is good/)
  debian.ask('systemctl', 'restart', 'monzo-exporter')
  await logInAndApprove(await linkIn(debian))
  await exportsHistory(monzo.origin)
  assert.equal(
    debian.ask('stat', '-c', '%U %a', `${STATE}/tokens.json`).trim(),
    'monzo-exporter 600',
  )
  debian.ask('systemctl', 'reload', 'monzo-exporter') // its check reads config.toml and tokens.json
  const doctor = debian.run(
    'setpriv',
    '--reuid=monzo-exporter',
    '--regid=monzo-exporter',
    '--clear-groups',
    'monzo-exporter',
    'doctor',
    '--config',
    CONFIG,
  )
  assert.match(doctor.text, /runs and is healthy/)

  // The new version: the exporter restarts by itself, and nobody has to log in again.
  const pid = mainPid(debian)
  debian.ask('dpkg', '-i', '/root/new.deb')
  assert.notEqual(mainPid(debian), pid)
  await exportsHistory(monzo.origin)
  const configuration = await readFile(join(debian.root, CONFIG), 'utf8')
  assert.match(configuration, /0000/, 'it is kept')
  for (const kept of ['tokens_file = ".*tokens.json"', 'history_folder = ".*history"'])
    assert.match(configuration, new RegExp(`^${kept.replace('.*', `${STATE}/`)}$`, 'm'))

  debian.ask('dpkg', '--remove', 'monzo-exporter')
  await assert.rejects(fetch(monzo.origin), 'it is stopped')
  assert.ok((await readdir(join(debian.root, STATE))).includes('tokens.json'))
  assert.ok(existsSync(join(debian.root, CONFIG)))

  debian.ask('dpkg', '-i', '/root/new.deb')
  debian.ask('systemctl', 'restart', 'monzo-exporter')
  await exportsHistory(monzo.origin) // still logged in

  debian.ask('dpkg', '--purge', 'monzo-exporter')
  assert.ok(!existsSync(join(debian.root, STATE)))
  assert.ok(!existsSync(join(debian.root, 'etc/monzo-exporter')))
  assert.match(
    debian.ask('getent', 'passwd', 'monzo-exporter'),
    /monzo-exporter/,
    'its number is nobody else’s',
  )
}

/** Puts in what the example leaves open, as a person would with an editor. */
async function configure({ root }: DebianTree, monzo: Monzo): Promise<void> {
  const path = join(root, CONFIG)
  const values = parse(monzo.config)
  const edited = Object.entries(values).reduce(
    (before, [key, value]) =>
      before.replace(
        new RegExp(`^(?:# )?${key} = .*$`, 'm'),
        () => `${key} = ${JSON.stringify(value)}`,
      ),
    await readFile(path, 'utf8'),
  )
  await writeFile(path, edited) // keeps owner and mode
}

/** @returns the link that the journal shows. */
async function linkIn(debian: DebianTree): Promise<string> {
  let link = ''
  await eventually(() => {
    const journal = debian.ask('journalctl', '-u', 'monzo-exporter', '-o', 'cat')
    link = /^http:\S+\/authorize\?key=\S+$/m.exec(journal)?.[0] ?? ''
    assert.notEqual(link, '', journal)
  })
  return link
}

const mainPid = (debian: DebianTree): string =>
  debian.ask('systemctl', 'show', '--property=MainPID', '--value', 'monzo-exporter').trim()

/** The same package under the version before: there is no release yet. @returns its path. */
async function earlierVersion(folder: string): Promise<string> {
  const tree = join(folder, 'earlier')
  execFileSync('dpkg-deb', ['-R', debOf('amd64'), tree])
  const control = join(tree, 'DEBIAN', 'control')
  const text = await readFile(control, 'utf8')
  await writeFile(control, text.replace(/^Version: .*$/m, 'Version: 0.0.1'))
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', tree, `${tree}.deb`])
  return `${tree}.deb`
}

/** A folder in which a person has tried the exporter, and logged in. */
async function tryIt(t: TestContext) {
  const folder = await createFolder(t)
  const { config, origin } = await startMonzo(t)
  await writeFile(join(folder, 'config.toml'), config, { mode: 0o600 })
  const trial = startMain(t, [], { cwd: folder })
  const [link = ''] = await trial.says(/^http:\S+\/authorize\?key=\S+$/m)
  await logInAndApprove(link)
  await exportsHistory(origin)
  trial.child.kill('SIGTERM')
  assert.equal(await trial.ended(), 0)
  const [client_secret, auth_key] = ['client_secret', 'auth_key'].map(
    (key) => new RegExp(`^${key} = "(.*)"$`, 'm').exec(config)?.[1] ?? '',
  )
  return { folder, origin, secrets: { client_secret, auth_key } }
}

/** From a trial to a service that is logged in, by the commands of docs/systemd.md. */
async function followThePage(t: TestContext, debian: DebianTree) {
  const { folder, origin, secrets } = await tryIt(t)
  const clone = join(debian.root, 'root', 'clone')
  await mkdir(join(clone, 'dist'), { recursive: true })
  await cp('deploy', join(clone, 'deploy'), { recursive: true })
  await cp('dist/monzo-exporter', join(clone, 'dist', 'monzo-exporter'))
  await cp(folder, clone, { recursive: true })
  const blocks = commandBlocks('docs/systemd.md')
  assert.ok(blocks.length > 4)
  const says: string[] = []
  for (const { commands } of blocks) {
    const asRoot = 'sudo() { "$@"; }\ncd /root/clone\n'
    says.push(debian.ask('bash', '-c', AS_AT_A_TERMINAL + asRoot + commands))
  }
  await exportsHistory(origin)
  debian.ask('systemctl', 'restart', 'monzo-exporter')
  await exportsHistory(origin) // still logged in

  // The check of a reload finds what the service finds, and a fault keeps the old configuration.
  debian.ask('systemctl', 'reload', 'monzo-exporter')
  const config = join(debian.root, 'etc/monzo-exporter/config.toml')
  await writeFile(config, 'poll_interval = "1s"\n', { flag: 'a' })
  assert.notEqual(debian.run('systemctl', 'reload', 'monzo-exporter').status, 0)
  await exportsHistory(origin)
  const journal = debian.ask('journalctl', '-u', 'monzo-exporter', '-o', 'cat')
  assert.match(journal, /config\.toml:\d+: poll_interval: /)

  const [, , , , commands = ''] = says
  assert.match(commands, /config\.toml is good\.$/m)
  assert.match(commands, /runs and is healthy/)
  const modeOf = async (path: string) => (await stat(join(debian.root, path))).mode & 0o777
  assert.equal(await modeOf('etc/monzo-exporter/config.toml'), 0o644)
  const shown = await readFile(join(debian.root, 'etc/monzo-exporter/config.toml'), 'utf8')
  for (const [name, value = ''] of Object.entries(secrets)) {
    assert.ok(value !== '' && !shown.includes(value), shown)
    const path = `etc/monzo-exporter/${name}`
    assert.equal(await readFile(join(debian.root, path), 'utf8'), `${value}\n`)
    assert.equal(await modeOf(path), 0o600)
  }
  await assert.rejects(stat(join(clone, 'tokens.json')), { code: 'ENOENT' })
  // As the service sees it: newer versions of systemd give the file to it alone, by a mapping.
  const pid = mainPid(debian)
  const uidOf = (path: string) =>
    debian.ask('nsenter', '--target', pid, '--mount', 'stat', '-c', '%u %a', path).trim()
  const [uid = '0'] = uidOf(`/proc/${pid}`).split(' ')
  assert.notEqual(uid, '0')
  assert.equal(uidOf(`${STATE}/tokens.json`), `${uid} 600`)
}
