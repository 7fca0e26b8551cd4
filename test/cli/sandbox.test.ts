import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { folder } from '../config/folder.ts'
import { createContext } from '../fakes/context.ts'

describe('sandbox', () => {
  it('answers on three ports until it is told to stop, and says what an exporter needs', async (t) => {
    const args = ['sandbox', '--redirect-uri', 'http://localhost:9999/']
    const { context, stop, stdout, stderr } = await createContext(t, args)
    const code = run(context)
    while (!stdout().includes('Ctrl-C')) await once(context.stdout, 'data')
    const urls = [...stdout().matchAll(/^(?:Login pages|API|Admin API): +(\S+)/gm)]
    assert.equal(urls.length, 3)
    for (const [, url] of urls) assert.ok((await fetch(url ?? '')).status < 500)
    const toml = stdout().slice(stdout().indexOf('client_id ='), stdout().indexOf('Ctrl-C'))
    const { config, warnings } = await folder(t, { 'config.toml': toml }).load({
      flags: { server_addr: '127.0.0.1:9999' },
    })
    assert.equal(config.redirect_uri.href, 'http://localhost:9999/')
    assert.deepEqual(warnings, [])
    stop()
    assert.equal(await code, 0, stderr())
    for (const [, url] of urls) await assert.rejects(fetch(url ?? ''))
  })
  it('says that a port is in use, with exit code 69', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    t.after(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { context, stderr } = await createContext(t, ['sandbox', '--api-port', String(port)])
    assert.equal(await run(context), 69)
    assert.match(stderr(), /can't listen on 127\.0\.0\.1:\d+\nhint: Give it another port\./)
  })
  const misused: readonly (readonly [flag: string, message: string])[] = [
    ['--api-port=http', '--api-port must be a number from 0 to 65535'],
    ['--admin-port=65536', '--admin-port must be a number from 0 to 65535'],
    ['--seed=0', '--seed must be a number from 1 to 2147483647'],
    [
      '--redirect-uri=here',
      '--redirect-uri must be an address that starts with "http://" or "https://"',
    ],
  ]
  for (const [flag, message] of misused)
    it(`refuses ${flag}, with exit code 64`, async (t) => {
      const { context, stderr } = await createContext(t, ['sandbox', flag])
      assert.equal(await run(context), 64)
      assert.equal(
        stderr(),
        `error: ${message}\nhint: Run \`monzo-exporter sandbox --help\` to see its flags.\n`,
      )
    })
})
