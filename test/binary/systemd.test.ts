import assert from 'node:assert/strict'
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { AS_AT_A_TERMINAL, commandBlocks } from '../deploy/command-blocks.ts'
import { exportsHistory, logInAndApprove, startMonzo } from '../e2e/log-in.ts'
import { startMain } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'
import { createDebianTree } from './debian-tree.ts'

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

it('docs/systemd.md leads from a trial to a service that is logged in', async (t) => {
  const debian = await createDebianTree(t, 'bookworm')
  if (!debian) return
  const { folder, origin, secrets } = await tryIt(t)
  const clone = join(debian.root, 'root', 'clone')
  await mkdir(join(clone, 'dist'), { recursive: true })
  await cp('deploy', join(clone, 'deploy'), { recursive: true })
  await cp('dist/monzo-exporter', join(clone, 'dist', 'monzo-exporter'))
  await cp(folder, clone, { recursive: true })
  await debian.boot()

  const blocks = commandBlocks('docs/systemd.md')
  assert.ok(blocks.length > 4)
  const says: string[] = []
  for (const { commands } of blocks) {
    const asRoot = 'sudo() { "$@"; }\ncd /root/clone\n'
    says.push(debian.ask('bash', '-c', AS_AT_A_TERMINAL + asRoot + commands))
  }
  await exportsHistory(origin)

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
  const state = '/var/lib/private/monzo-exporter'
  const uidOf = (path: string) => debian.ask('stat', '-c', '%u %a', path).trim()
  const pid = debian.ask('systemctl', 'show', '--property=MainPID', '--value', 'monzo-exporter')
  const [uid = '0'] = uidOf(`/proc/${pid.trim()}`).split(' ')
  assert.notEqual(uid, '0')
  assert.equal(uidOf(`${state}/tokens.json`), `${uid} 600`)
})
