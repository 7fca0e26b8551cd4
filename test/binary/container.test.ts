import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chown, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ARCHITECTURES } from '../../scripts/fetch-node.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import { skip } from '../chaos/mounts.ts'
import { eventually } from '../e2e/harness.ts'
import { findProgram } from '../e2e/program.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { canRun } from './emulation.ts'
import { buildImage, DOCKERFILE, pidIn } from './image.ts'

const USER = 65532

describe('The Dockerfile', () => {
  it('gives dockerfilelint nothing to find', () => {
    const args = ['--output', 'json', DOCKERFILE]
    const { stdout } = spawnSync('node_modules/.bin/dockerfilelint', args, { encoding: 'utf8' })
    const { totalIssues, files } = JSON.parse(stdout)
    assert.equal(totalIssues, 0, JSON.stringify(files, null, 2))
  })
  it('copies into the build nothing that it does not name', () => {
    const [first, ...named] = readFileSync('.dockerignore', 'utf8').trim().split('\n')
    assert.equal(first, '*')
    assert.doesNotMatch(named.join('\n'), /config\.toml|tokens|\.git$|node_modules/)
  })
})

for (const arch of ARCHITECTURES)
  it(`The image for ${arch} is built, logs in, exports, is healthy and stops, as another user, with a read-only root`, async (t) => {
    const buildah = findProgram(t, 'buildah', 'buildah')
    const debootstrap = findProgram(t, 'debootstrap', 'debootstrap')
    if (!buildah || !debootstrap) return
    if (process.getuid?.() !== 0) return skip(t, 'to build an image needs root')
    if (!canRun(t, arch)) return
    const { config, version, run } = await buildImage(t, buildah, arch)
    assert.match(version, /^monzo-exporter \S+ \(abc\)$/)
    assert.equal(config.User, `${USER}:${USER}`)
    assert.equal(config.Labels['org.opencontainers.image.revision'], 'abc')
    assert.deepEqual(Object.keys(config.Volumes), ['/var/lib/monzo-exporter'])
    assert.deepEqual(Object.keys(config.ExposedPorts), ['8080/tcp'])
    assert.ok(config.Env.includes('MONZO_EXPORTER_SERVER_ADDR=:8080'))

    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const clients = [{ ...SANDBOX_CLIENT, redirectUris: [`${origin}/callback`] }]
    const sandbox = await startSandbox({ clock: systemClock, clients })
    t.after(() => sandbox.stop())
    const tokens = join(await createFolder(t), 'tokens')
    await mkdir(tokens, { mode: 0o700 })
    await chown(tokens, USER, USER)
    const env = {
      MONZO_EXPORTER_CLIENT_ID: SANDBOX_CLIENT.clientId,
      MONZO_EXPORTER_CLIENT_SECRET: SANDBOX_CLIENT.clientSecret,
      MONZO_EXPORTER_AUTH_KEY: 'a key that is long enough',
      MONZO_EXPORTER_SERVER_ADDR: `:${port}`,
      MONZO_EXPORTER_REDIRECT_URI: origin,
      // By name: looked up in the container.
      MONZO_EXPORTER_MONZO_API_URL: sandbox.apiUrl.replace('127.0.0.1', 'localhost'),
      MONZO_EXPORTER_MONZO_AUTH_URL: sandbox.authUrl,
    }
    const exporter = run(config.Entrypoint, { tokens, env })
    const [link = ''] = await exporter.says(/^http:\S+\/authorize\?key=\S+$/m)
    const authorize = await fetch(link, { redirect: 'manual' })
    const cookie = authorize.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const callback = await sandbox.logIn(authorize.headers.get('location') ?? '')
    const page = await (await fetch(callback, { headers: { cookie } })).text()
    sandbox.approve()
    const [, login = ''] = /data-login="([^"]+)"/.exec(page) ?? []
    await eventually(async () => {
      assert.match(await (await fetch(origin + login)).text(), /"connected"/)
      assert.match(await (await fetch(`${origin}/stats`)).text(), /^monzo_balance\{/m)
    })
    const { mode, uid } = await stat(join(tokens, 'tokens.json'))
    assert.deepEqual([mode & 0o777, uid], [0o600, USER])

    const [how, ...command] = config.Healthcheck.Test
    assert.equal(how, 'CMD')
    const probe = run(command, { tokens, env })
    assert.equal(await probe.ended(), 0, probe.stderr())
    assert.match(probe.stdout(), /is healthy\.\n$/)

    const pid = await pidIn(exporter)
    assert.match(
      await readFile(`/proc/${pid}/status`, 'utf8'),
      new RegExp(`^Uid:\\s+${USER}\\s`, 'm'),
    )
    process.kill(pid, 'SIGTERM')
    assert.equal(await exporter.ended(), 0, exporter.stderr())
    assert.deepEqual(await readdir(tokens), ['tokens.json'])

    const given = ['--client-id=oauth2client_0000A', '--client-secret=mnzconf.a']
    const init = run([...config.Entrypoint, 'init', ...given], { tokens, env: {} })
    assert.notEqual(await init.ended(), 0)
    assert.match(init.stderr(), /read-only file system|EROFS/)
  })
