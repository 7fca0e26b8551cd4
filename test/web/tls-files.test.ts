import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { connect } from 'node:tls'
import { listen } from '../../src/web/serve.ts'
import { openTlsFiles } from '../../src/web/tls-files.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { quietDisk } from '../fakes/quiet-disk.ts'
import { createFolder } from '../fakes/world.ts'
import { fakeLog } from './fake-site.ts'
import { RENEWED_TLS, TLS } from './self-signed.ts'

const MINUTE_MS = 60_000
const PATIENCE_MS = 5000 // real ones

async function setup(t: TestContext, pair: { cert: string; key: string } = TLS) {
  const folder = await createFolder(t)
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const write = async ({ cert, key }: { cert: string; key: string }) => {
    await writeFile(certFile, cert)
    await writeFile(keyFile, key)
  }
  await write(pair)
  const clock = new DrivenClock()
  clock.idle = quietDisk
  const log = fakeLog()
  const settings = { tls_cert_file: certFile, tls_key_file: keyFile }
  const open = () => openTlsFiles(settings, { clock, log })
  return { open, write, clock, log, certFile, keyFile }
}

/** Serves, and tells whose certificate it shows. */
async function setupServer(t: TestContext) {
  const files = await setup(t)
  const tls = await files.open()
  const { clock } = files
  const options = { clock, setting: 'server_addr', tls }
  const open = async () => {
    const listening = await listen(
      (_request, response) => response.end('hello'),
      { host: '127.0.0.1', port: 0 },
      options,
    )
    t.after(() => clock.until(listening.close()))
    return listening
  }
  const listening = await open()
  const shown = async (maxVersion: 'TLSv1.1' | 'TLSv1.3' = 'TLSv1.3', { port } = listening) => {
    const ca = [TLS.cert, RENEWED_TLS.cert]
    const weak = { minVersion: 'TLSv1' as const, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }
    const socket = connect({ host: '127.0.0.1', port, ca, ...weak })
    await once(socket, 'secureConnect')
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return subject.CN
  }
  const lookAgain = () => clock.advance(MINUTE_MS)
  /** Soon: no clock drives the reading of files, and not every Node tells when it has ended. */
  const soonShows = async (name: string) => {
    const untilMs = performance.now() + PATIENCE_MS
    while ((await shown()) !== name) assert.ok(performance.now() < untilMs, `never shows ${name}`)
  }
  return { ...files, listening, listenToo: open, shown, soonShows, lookAgain }
}

it('shows a renewed certificate within a minute, to new connections, without a restart', async (t) => {
  const { write, shown, soonShows, lookAgain, log } = await setupServer(t)
  assert.equal(await shown(), 'localhost')
  await write(RENEWED_TLS)
  assert.equal(await shown(), 'localhost')
  await lookAgain()
  await soonShows('renewed')
  assert.match(JSON.stringify(log.entries), /Serving the renewed certificate of .*cert\.pem/)
  await assert.rejects(shown('TLSv1.1'))
})

const damages: [
  title: string,
  damage: (paths: { certFile: string; keyFile: string }) => unknown,
][] = [
  ['is half there', ({ certFile }) => writeFile(certFile, RENEWED_TLS.cert)],
  ['is gone', ({ keyFile }) => rm(keyFile)],
  ['is no certificate', ({ certFile }) => writeFile(certFile, 'Hunter2')],
]
for (const [title, damage] of damages)
  it(`goes on with the old certificate while the new one ${title}, and says so once`, async (t) => {
    const { certFile, keyFile, write, shown, soonShows, lookAgain, log } = await setupServer(t)
    await damage({ certFile, keyFile })
    for (let minutes = 0; minutes < 3; minutes++) await lookAgain()
    assert.equal(await shown(), 'localhost')
    assert.deepEqual(
      log.entries.map(({ level, message }) => [level, message]),
      [['warn', 'The renewed certificate is not used; the old one stays.']],
    )
    assert.doesNotMatch(JSON.stringify(log.entries), /Hunter2|PRIVATE/)
    await write(RENEWED_TLS)
    await lookAgain()
    await soonShows('renewed')
  })

it('shows it at every address, and says so once', async (t) => {
  const { write, listenToo, shown, soonShows, lookAgain, log } = await setupServer(t)
  const other = await listenToo()
  await write(RENEWED_TLS)
  await lookAgain()
  await soonShows('renewed')
  assert.equal(await shown('TLSv1.3', other), 'renewed')
  assert.equal(log.entries.length, 1)
})

it('stops looking when the listener is closed', async (t) => {
  const { listening, clock } = await setupServer(t)
  await clock.until(listening.close())
  await clock.advance(0)
  assert.equal(clock.waiting, 0)
})

it('is not there without a certificate', async () => {
  const deps = { clock: new DrivenClock(), log: fakeLog() }
  assert.equal(await openTlsFiles({}, deps), undefined)
})

it('says which file cannot be read, and why', async (t) => {
  const { open, certFile } = await setup(t)
  await rm(certFile)
  await assert.rejects(open(), {
    code: 'CONFIG_INVALID',
    message: `${certFile} can't be read: there is no such file or folder (ENOENT)`,
  })
})

it('refuses a key that belongs to another certificate, also of another kind, and quotes neither', async (t) => {
  for (const key of [RENEWED_TLS.key, 'Hunter2', TLS.cert]) {
    const { open } = await setup(t, { cert: TLS.cert, key })
    await assert.rejects(open(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'CONFIG_INVALID')
      assert.equal(error.message, 'tls_cert_file and tls_key_file cannot be used')
      assert.equal(error.cause, undefined)
      return true
    })
  }
})
