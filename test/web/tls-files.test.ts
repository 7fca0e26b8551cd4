import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { it, type TestContext } from 'node:test'
import { connect } from 'node:tls'
import { systemClock } from '../../src/lib/clock.ts'
import { listen } from '../../src/web/serve.ts'
import { openTlsFiles, readTlsPair } from '../../src/web/tls-files.ts'
import { FakeClock } from '../fakes/clock.ts'
import { createFolder } from '../fakes/world.ts'
import { fakeLog } from './fake-site.ts'
import { EXPIRED_TLS, RENEWED_TLS, TLS } from './self-signed.ts'

const NOW = '2026-11-27T10:00:00Z'

const PUBLIC_URL = new URL('http://127.0.0.1:8080')

async function setup(t: TestContext, pair: { cert: string; key: string } = TLS) {
  const folder = await createFolder(t)
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const write = async ({ cert, key }: { cert: string; key: string }) => {
    await writeFile(certFile, cert)
    await writeFile(keyFile, key)
  }
  await write(pair)
  const log = fakeLog()
  const clock = new FakeClock(NOW)
  const settings = { tls_cert_file: certFile, tls_key_file: keyFile }
  const open = () => openTlsFiles(settings, clock, log)
  return { open, write, log, clock, settings, certFile, keyFile }
}

/** Serves, and tells whose certificate a new connection is shown. */
async function setupServer(t: TestContext) {
  const files = await setup(t)
  const options = {
    clock: systemClock,
    setting: 'server_addr',
    publicUrl: PUBLIC_URL,
    tls: files.open(),
  }
  const listenToo = async () => {
    const listening = await listen(
      (_request, response) => response.end('hello'),
      { host: '127.0.0.1', port: 0 },
      options,
    )
    t.after(() => listening.close())
    return listening
  }
  const listening = await listenToo()
  const shown = async (maxVersion: 'TLSv1.1' | 'TLSv1.3' = 'TLSv1.3', { port } = listening) => {
    const ca = [TLS.cert, RENEWED_TLS.cert]
    const weak = { minVersion: 'TLSv1' as const, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }
    const socket = connect({ host: '127.0.0.1', port, ca, ...weak })
    await once(socket, 'secureConnect')
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return subject.CN
  }
  return { ...files, listening, listenToo, shown }
}

it('shows a renewed certificate to the next connection, without a restart', async (t) => {
  const { write, shown, log } = await setupServer(t)
  assert.equal(await shown(), 'localhost')
  await write(RENEWED_TLS)
  assert.equal(await shown(), 'renewed')
  assert.match(JSON.stringify(log.entries), /Serving the renewed certificate of .*cert\.pem/)
  await assert.rejects(shown('TLSv1.1'))
})

it('keeps connections open when the certificate is renewed', async (t) => {
  const { listening, write, shown } = await setupServer(t)
  const agent = new Agent({ keepAlive: true, ca: TLS.cert })
  t.after(() => agent.destroy())
  const ask = async () => {
    const request = get({ host: '127.0.0.1', port: listening.port, agent })
    const [response] = await once(request, 'response')
    assert.equal(await text(response), 'hello')
    return request.reusedSocket
  }
  assert.equal(await ask(), false)
  await write(RENEWED_TLS)
  assert.equal(await shown(), 'renewed')
  assert.equal(await ask(), true)
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
    const { certFile, keyFile, write, shown, log } = await setupServer(t)
    await damage({ certFile, keyFile })
    for (let times = 0; times < 3; times++) assert.equal(await shown(), 'localhost')
    assert.deepEqual(
      log.entries.map(({ level, message }) => [level, message]),
      [['warn', 'The renewed certificate is not used; the old one stays.']],
    )
    assert.doesNotMatch(JSON.stringify(log.entries), /Hunter2|PRIVATE/)
    await write(RENEWED_TLS)
    assert.equal(await shown(), 'renewed')
  })

it('does not replace a good certificate by an expired one, and says which it is', async (t) => {
  const { write, shown, log } = await setupServer(t)
  await write(EXPIRED_TLS)
  assert.equal(await shown(), 'localhost')
  assert.equal(await shown(), 'localhost')
  const [entry, ...others] = log.entries
  assert.deepEqual(others, [])
  assert.equal(entry?.message, 'The renewed certificate is not used; the old one stays.')
  assert.match(String(entry?.fields['err']), /expired at 2020-01-01T00:00:00\.000Z/)
})

it('says once that a certificate has expired, at the start or in the middle, and serves it', async (t) => {
  const expired = await setup(t, EXPIRED_TLS)
  const source = expired.open()
  for (let times = 0; times < 3; times++) assert.equal(source?.().cert, EXPIRED_TLS.cert)
  const said = expired.log.entries.map(({ level, message }) => `${level} ${message}`)
  assert.equal(said.length, 1)
  assert.match(
    said[0] ?? '',
    /^warn The certificate .* expired at 2020-01-01T00:00:00\.000Z: .*renewed\.$/,
  )

  const later = await setup(t)
  const renewed = later.open()
  assert.deepEqual(later.log.entries, [])
  later.clock.setWall('2127-01-01T00:00:00Z')
  assert.equal(renewed?.().cert, TLS.cert)
  assert.match(
    later.log.entries.map(({ message }) => message).join(),
    /^The certificate .* expired at 2126-/,
  )
  await later.write(EXPIRED_TLS) // no better, no worse
  assert.equal(renewed?.().cert, EXPIRED_TLS.cert)
})

it('says that a certificate is not valid yet, as on a machine whose clock is behind', async (t) => {
  const { open, clock, log } = await setup(t)
  clock.setWall('2026-01-01T00:00:00Z')
  open()
  assert.match(
    log.entries.map(({ message }) => message).join(),
    /is not valid before 2026-11-22T.* clock is wrong\.$/,
  )
})

it('shows it at every address, and says so once', async (t) => {
  const { write, listenToo, shown, log } = await setupServer(t)
  const other = await listenToo()
  await write(RENEWED_TLS)
  assert.equal(await shown(), 'renewed')
  assert.equal(await shown('TLSv1.3', other), 'renewed')
  assert.equal(log.entries.length, 1)
})

it('is not there without a certificate', () => {
  assert.equal(openTlsFiles({}, new FakeClock(NOW), fakeLog()), undefined)
  assert.equal(readTlsPair({}), undefined)
})

it('says which file cannot be read, and why', async (t) => {
  const { open, settings, certFile } = await setup(t)
  await rm(certFile)
  const expected = {
    code: 'CONFIG_INVALID',
    message: `${certFile} can't be read: there is no such file or folder (ENOENT)`,
  }
  assert.throws(open, expected)
  assert.throws(() => readTlsPair(settings), expected)
})

it('refuses a key that belongs to another certificate, also of another kind, and quotes neither', async (t) => {
  for (const key of [RENEWED_TLS.key, 'Hunter2', TLS.cert]) {
    const { open, settings } = await setup(t, { cert: TLS.cert, key })
    for (const read of [open, () => readTlsPair(settings)])
      assert.throws(read, (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CONFIG_INVALID')
        assert.equal(error.message, 'tls_cert_file and tls_key_file cannot be used')
        assert.equal(error.cause, undefined)
        return true
      })
  }
})
