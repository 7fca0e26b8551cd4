import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { describe, it } from 'node:test'
import { forwardingCommand } from '../../src/cli/no-browser.ts'
import { run } from '../../src/cli/run.ts'
import { eventually } from '../e2e/harness.ts'
import { createContext } from '../fakes/context.ts'
import { freePort } from '../fakes/free-port.ts'

const usual = [
  { url: new URL('http://127.0.0.1:8080'), listener: { host: '127.0.0.1', port: 8080 } },
]
const BY_SSH = { SSH_CONNECTION: '203.0.113.7 50022 192.0.2.5 22', USER: 'sam' }

describe('The command for a machine that has a browser', () => {
  for (const [what, env, command] of [
    ['leads to where somebody came by SSH', BY_SSH, 'ssh -L 8080:127.0.0.1:8080 sam@192.0.2.5'],
    [
      'has the port of another SSH server',
      { ...BY_SSH, SSH_CONNECTION: '2001:db8::7 50022 2001:db8::5 2222' },
      'ssh -L 8080:127.0.0.1:8080 -p 2222 sam@2001:db8::5',
    ],
    ['names the machine when nobody came by SSH', {}, `ssh -L 8080:127.0.0.1:8080 ${hostname()}`],
    ['is not said on a desktop', { DISPLAY: ':0' }, undefined],
    ['is not said on a desktop with Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, undefined],
    [
      'is said where SSH forwards a display, which rarely has a browser',
      { ...BY_SSH, DISPLAY: 'localhost:10.0' },
      'ssh -L 8080:127.0.0.1:8080 sam@192.0.2.5',
    ],
  ] as const)
    it(what, { skip: process.platform !== 'linux' }, () => {
      assert.equal(forwardingCommand({ env }, usual), command)
    })
  it('is not said when the link leads to an address that others reach', () => {
    const ports = usual.map((port) => ({ ...port, url: new URL('https://monzo.example.com') }))
    assert.equal(forwardingCommand({ env: BY_SSH }, ports), undefined)
  })
  it('leaves the name open where it may be that of a container', {
    skip: process.platform !== 'linux',
  }, () => {
    const ports = usual.map((port) => ({ ...port, listener: { port: 8080 } }))
    assert.equal(forwardingCommand({ env: {} }, ports), 'ssh -L 8080:127.0.0.1:8080 HOST')
  })
  it('joins the port of the link to the one that is listened at', () => {
    const ports = [
      { url: new URL('http://localhost:9000/monzo'), listener: { port: 8080 } },
      { url: new URL('http://[::1]'), listener: { host: '::1', port: 80 } },
    ]
    const command = 'ssh -L 9000:127.0.0.1:8080 -L 80:[::1]:80 sam@192.0.2.5'
    assert.equal(forwardingCommand({ env: BY_SSH }, ports), command)
  })
  it('is logged before the link, which stays alone on its line and the last', async (t) => {
    const port = await freePort()
    const config = `client_id = "oauth2client_0000A"\nclient_secret = "mnzconf.a"\nserver_addr = "127.0.0.1:${port}"\n`
    const { context, stdout, stderr, stop } = await createContext(t, [], { 'config.toml': config })
    const code = run({ ...context, env: BY_SSH })
    await eventually(() =>
      assert.match(stdout(), /^http:\/\/127\.0\.0\.1:8080\/authorize\?key=\S+\n$/),
    )
    assert.ok(
      stderr().includes(`run there: ssh -L 8080:127.0.0.1:${port} sam@192.0.2.5\n`),
      stderr(),
    )
    stop()
    assert.equal(await code, 0)
  })
})
