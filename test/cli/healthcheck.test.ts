import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { createContext } from '../fakes/context.ts'
import { TLS } from '../web/self-signed.ts'

/** Something that answers `/-/healthy` with this status. @returns its port. */
async function answering(t: TestContext, status: number, host = '127.0.0.1', tls?: typeof TLS) {
  const listener: RequestListener = (request, response) => {
    response.writeHead(request.url === '/-/healthy' ? status : 404).end('ok')
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.listen(0, host)
  t.after(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const CLIENT = 'client_id = "oauth2client_0000A"\nclient_secret = "mnzconf.a"\n'

describe('healthcheck', () => {
  const hosts: readonly (readonly [addr: string, origin: string])[] = [
    ['127.0.0.1:PORT', 'http://127.0.0.1:PORT'],
    [':PORT', 'http://127.0.0.1:PORT'],
    ['0.0.0.0:PORT', 'http://127.0.0.1:PORT'],
    ['localhost:PORT', 'http://localhost:PORT'],
  ]
  for (const [addr, origin] of hosts)
    it(`asks the exporter at ${addr}`, async (t) => {
      const port = String(await answering(t, 200))
      const toml = `${CLIENT}server_addr = "${addr.replace('PORT', port)}"\n`
      const { context, stdout, stderr } = await createContext(t, ['healthcheck'], {
        'config.toml': toml,
      })
      assert.equal(await run(context), 0, stderr())
      assert.equal(stdout(), `${origin.replace('PORT', port)} is healthy.\n`)
      assert.equal(stderr(), '')
    })
  it('asks over IPv6 what listens there', async (t) => {
    const port = await answering(t, 200, '::1').catch(() => undefined)
    if (port === undefined) return t.skip('no IPv6 here')
    for (const host of ['[::]', '[::1]']) {
      const args = ['healthcheck', '--server-addr', `${host}:${port}`]
      const { context, stdout } = await createContext(t, args)
      assert.equal(await run(context), 0)
      assert.equal(stdout(), `http://[::1]:${port} is healthy.\n`)
    }
  })
  it('follows metrics_addr, and needs no login in the configuration', async (t) => {
    const port = await answering(t, 200)
    const { context, stderr } = await createContext(t, ['healthcheck'])
    const env = { MONZO_EXPORTER_METRICS_ADDR: `:${port}`, MONZO_EXPORTER_SERVER_ADDR: ':1' }
    assert.equal(await run({ ...context, env }), 0, stderr())
  })
  it("follows the Go exporter's metrics port", async (t) => {
    const port = await answering(t, 200)
    const args = ['healthcheck', '--monzo-access-tokens=one', `--metrics-port=${port}`]
    const { context, stderr } = await createContext(t, args)
    assert.equal(await run(context), 0, stderr())
  })
  it('speaks TLS where the exporter does, whoever has signed its certificate', async (t) => {
    const port = await answering(t, 200, '127.0.0.1', TLS)
    const toml = `${CLIENT}server_addr = ":${port}"\ntls_cert_file = "c"\ntls_key_file = "k"\n`
    const { context, stdout, stderr } = await createContext(t, ['healthcheck'], {
      'config.toml': toml,
    })
    assert.equal(await run(context), 0, stderr())
    assert.equal(stdout(), `https://127.0.0.1:${port} is healthy.\n`)
  })
  it('answers no when nothing listens there', async (t) => {
    const { context, stderr } = await createContext(t, ['healthcheck', '--server-addr=127.0.0.1:1'])
    assert.equal(await run(context), 1)
    assert.equal(
      stderr(),
      'error: http://127.0.0.1:1 is not healthy: nothing listens there (ECONNREFUSED)\n' +
        'hint: Start the exporter, or give healthcheck the settings that it was given.\n',
    )
  })
  it('answers no when the answer is no', async (t) => {
    const port = await answering(t, 500)
    const { context, stderr } = await createContext(t, ['healthcheck', `--server-addr=:${port}`])
    assert.equal(await run(context), 1)
    assert.match(stderr(), /is not healthy: it answered 500\n/)
  })
  it('answers no, and not 78, when the configuration is bad: probes know 0 and 1', async (t) => {
    const { context, stderr } = await createContext(t, ['healthcheck'], {
      'config.toml': 'pots = 1',
    })
    assert.equal(await run(context), 1)
    assert.match(stderr(), /^error: config\.toml:1: pots: expected true or false\nhint: /)
  })
})
