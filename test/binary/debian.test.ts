import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import { eventually } from '../e2e/harness.ts'
import { findProgram } from '../e2e/program.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { createDebianTree, type DebianTree } from './debian-tree.ts'

const { version } = JSON.parse(await readFile('package.json', 'utf8'))
const debOf = (arch: string) =>
  resolve(`dist/monzo-exporter_${version.replace('-', '~')}_${arch}.deb`)
const CONFIG = '/etc/monzo-exporter/config.toml'
const STATE = '/var/lib/monzo-exporter'
const AUTH_KEY = 'a key that is long enough'

describe('The Debian package', () => {
  for (const arch of ['amd64', 'arm64'])
    it(`is one that lintian finds no error in (${arch})`, (t) => {
      const lintian = findProgram(t, 'lintian', 'lintian')
      if (!lintian) return
      const args = ['--allow-root', '--fail-on', 'error', debOf(arch)]
      const { status, stdout } = spawnSync(lintian, args, { encoding: 'utf8' })
      assert.equal(status, 0, stdout)
    })
  it('depends on the libraries that its binary asks for', async (t) => {
    const shlibdeps = findProgram(t, 'dpkg-shlibdeps', 'dpkg-dev')
    if (!shlibdeps) return
    const folder = await createFolder(t)
    await mkdir(join(folder, 'debian'))
    await writeFile(
      join(folder, 'debian', 'control'),
      'Source: x\n\nPackage: x\nArchitecture: any\n',
    )
    execFileSync('dpkg-deb', ['-x', debOf('amd64'), join(folder, 'tree')])
    const found = execFileSync(shlibdeps, ['-O', 'tree/usr/bin/monzo-exporter'], {
      cwd: folder,
      encoding: 'utf8',
    })
    const namesIn = (text: string) =>
      [...text.matchAll(/(?:^|=|, )([\w+-]+)(?= \(|,|$)/gm)].map(([, name]) => name)
    const depends = execFileSync('dpkg-deb', ['-f', debOf('amd64'), 'Depends'], {
      encoding: 'utf8',
    })
    const declared = new Set(namesIn(depends))
    assert.deepEqual(
      namesIn(found.replace('shlibs:Depends=', '')).filter((name) => !declared.has(name)),
      [],
    )
  })
  it('completes commands and options in bash', async (t) => {
    const library = '/usr/share/bash-completion/bash_completion'
    if (!findProgram(t, 'bash', 'bash') || !existsSync(library))
      return t.skip('bash-completion is not installed')
    const folder = await createFolder(t)
    execFileSync('dpkg-deb', ['-x', debOf('amd64'), folder])
    const complete = (...words: readonly string[]) => {
      const script = `. ${library}; . ${folder}/usr/share/bash-completion/completions/monzo-exporter
        COMP_WORDS=(${folder}/usr/bin/monzo-exporter ${words.map((word) => `'${word}'`).join(' ')})
        COMP_CWORD=${words.length}; COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}
        _monzo_exporter "\${COMP_WORDS[0]}" "\${COMP_WORDS[-1]}" "\${COMP_WORDS[-2]}"
        printf '%s\\n' "\${COMPREPLY[@]}"`
      return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n')
    }
    assert.deepEqual(complete('do'), ['doctor'])
    assert.ok(complete('').includes('check-config'))
    assert.deepEqual(complete('logout', '--us'), ['--user'])
    assert.deepEqual(complete('serve', '--poll'), ['--poll-interval'])
  })
})

describe('The Debian package in a Debian with systemd', () => {
  it('is installed, configured, logged in, upgraded, removed and purged', async (t) => {
    const debian = await createDebianTree(t, 'bookworm')
    if (!debian) return
    const folder = await createFolder(t)
    await copyFile(await earlierVersion(folder), join(debian.root, 'root', 'earlier.deb'))
    await copyFile(debOf('amd64'), join(debian.root, 'root', 'new.deb'))
    const sandbox = await startMonzo(t)
    await debian.boot()

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
    await configure(debian, sandbox)
    assert.match(debian.ask('monzo-exporter', 'check-config', '--config', CONFIG), /is good/)
    debian.ask('systemctl', 'restart', 'monzo-exporter')
    await logIn(debian, sandbox)
    await exportsBalance(sandbox.origin)
    assert.equal(
      debian.ask('stat', '-c', '%U %a', `${STATE}/tokens.json`).trim(),
      'monzo-exporter 600',
    )
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
    await exportsBalance(sandbox.origin)
    const configuration = await readFile(join(debian.root, CONFIG), 'utf8')
    assert.match(configuration, /0000/, 'it is kept')
    for (const kept of ['tokens_file = ".*tokens.json"', 'history_folder = ".*history"'])
      assert.match(configuration, new RegExp(`^${kept.replace('.*', `${STATE}/`)}$`, 'm'))

    debian.ask('dpkg', '--remove', 'monzo-exporter')
    await assert.rejects(fetch(sandbox.origin), 'it is stopped')
    assert.ok((await readdir(join(debian.root, STATE))).includes('tokens.json'))
    assert.ok(existsSync(join(debian.root, CONFIG)))

    debian.ask('dpkg', '-i', '/root/new.deb')
    debian.ask('systemctl', 'restart', 'monzo-exporter')
    await exportsBalance(sandbox.origin) // still logged in

    debian.ask('dpkg', '--purge', 'monzo-exporter')
    assert.ok(!existsSync(join(debian.root, STATE)))
    assert.ok(!existsSync(join(debian.root, 'etc/monzo-exporter')))
    assert.match(
      debian.ask('getent', 'passwd', 'monzo-exporter'),
      /monzo-exporter/,
      'its number is nobody else’s',
    )
  })
})

type Monzo = Awaited<ReturnType<typeof startMonzo>>

/** A simulated Monzo, and where the exporter in front of it is to listen. */
async function startMonzo(t: TestContext) {
  const origin = `http://127.0.0.1:${await freePort()}`
  const clients = [{ ...SANDBOX_CLIENT, redirectUris: [`${origin}/callback`] }]
  const sandbox = await startSandbox({ clock: systemClock, clients })
  t.after(() => sandbox.stop())
  return { origin, sandbox }
}

/** Puts in what the example leaves open, as a person would with an editor. */
async function configure({ root }: DebianTree, { origin, sandbox }: Monzo): Promise<void> {
  const path = join(root, CONFIG)
  const text = await readFile(path, 'utf8')
  const values = {
    client_id: SANDBOX_CLIENT.clientId,
    client_secret: SANDBOX_CLIENT.clientSecret,
    server_addr: new URL(origin).host,
    redirect_uri: origin,
    auth_key: AUTH_KEY,
    monzo_api_url: sandbox.apiUrl,
    monzo_auth_url: sandbox.authUrl,
  }
  const edited = Object.entries(values).reduce(
    (before, [key, value]) =>
      before.replace(new RegExp(`^(?:# )?${key} = .*$`, 'm'), () => `${key} = "${value}"`),
    text,
  )
  await writeFile(path, edited) // keeps owner and mode
}

/** Opens the link that the journal shows, and approves. */
async function logIn(debian: DebianTree, { sandbox }: Monzo): Promise<void> {
  let link = ''
  await eventually(() => {
    const journal = debian.ask('journalctl', '-u', 'monzo-exporter', '-o', 'cat')
    link = /^http:\S+\/authorize\?key=\S+$/m.exec(journal)?.[0] ?? ''
    assert.notEqual(link, '', journal)
  })
  const authorize = await fetch(link, { redirect: 'manual' })
  const cookie = authorize.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const callback = await sandbox.logIn(authorize.headers.get('location') ?? '')
  assert.equal((await fetch(callback, { headers: { cookie } })).status, 200)
  sandbox.approve()
}

const exportsBalance = (origin: string) =>
  eventually(async () =>
    assert.match(await (await fetch(`${origin}/stats`)).text(), /^monzo_balance\{/m),
  )

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
