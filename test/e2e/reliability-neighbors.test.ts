import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setUpLogin } from '../cli/sandbox-login.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { ask } from '../web/fake-site.ts'
import { eventually } from './harness.ts'
import { builtMain, findProgram, type Program, startProgram } from './program.ts'

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Exporter extends Program {
  readonly port: number
  readonly origin: string
}

/** The exporter as built, logged in at a simulated Monzo, started by a command that goes before it. */
async function startBehind(
  t: TestContext,
  [command = '', ...args]: readonly string[],
  settings: (port: number) => Readonly<Record<string, string>>,
): Promise<Exporter> {
  const { inFolder } = await setUpLogin(t)
  const { cwd } = await inFolder([])
  const port = await freePort()
  const flags = Object.entries({ poll_interval: '5s', ...settings(port) })
  const words = flags.map(([key, value]) => `--${key.replaceAll('_', '-')}=${value}`)
  const program = startProgram(t, command, [...args, process.execPath, builtMain(), ...words], {
    cwd,
  })
  return { ...program, port, origin: `http://127.0.0.1:${port}` }
}

async function value({ origin }: Exporter, sample: string): Promise<number> {
  const { text } = await ask(origin, '/stats')
  const line = text.split('\n').find((one) => one.startsWith(sample))
  return Number(line?.slice(line.lastIndexOf(' ')))
}

describe('Neighbors of the exporter', () => {
  it('stop neither scrapes nor polls by holding connections, even with 64 files', async (t) => {
    const prlimit = findProgram(t, 'prlimit', 'util-linux')
    if (!prlimit) return
    const exporter = await startBehind(t, [prlimit, '--nofile=64:64'], (port) => ({
      server_addr: `127.0.0.1:${port}`,
    }))
    await eventually(async () => assert.equal(await value(exporter, 'monzo_up'), 1))
    const held = new Set<Socket>()
    let isOver = false
    /** Silent, in the middle of its headers, or of a form; and again as soon as it is closed. */
    const hold = (n: number): void => {
      const socket = connect(exporter.port, '127.0.0.1')
      held.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        held.delete(socket)
        if (!isOver) setTimeout(hold, 250, n)
      })
      if (n % 3 === 1) socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nx-slow: ')
      const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 99'
      if (n % 3 === 2)
        socket.write(`POST /authorize HTTP/1.1\r\nHost: localhost\r\n${form}\r\n\r\nk`)
    }
    t.after(() => {
      isOver = true
      for (const socket of held) socket.destroy()
    })
    for (let n = 0; n < 150; n++) hold(n)
    const sample = 'monzo_last_successful_poll_timestamp_seconds'
    const before = await value(exporter, sample)
    let missed = 0
    for (let times = 0; times < 100; times++) {
      missed += await ask(exporter.origin, '/stats').then(
        ({ status }) => (status === 200 ? 0 : 1),
        () => 1,
      )
      await sleep(120)
    }
    assert.equal(missed, 0)
    assert.ok((await value(exporter, sample)) >= before + 5, 'a poll succeeded meanwhile')
    assert.doesNotMatch(exporter.stderr(), /EMFILE|ERROR/)
  })

  it('are answered on a connection that they opened long before, at the limits of every day', async (t) => {
    const exporter = await startBehind(t, ['/usr/bin/env'], (port) => ({
      server_addr: `127.0.0.1:${port}`,
    }))
    await eventually(() => ask(exporter.origin, '/-/healthy'))
    const early = connect(exporter.port, '127.0.0.1').setEncoding('utf8')
    t.after(() => early.destroy())
    await once(early, 'connect')
    await sleep(40_000) // the limit on headers, and the longest time until Node looks
    early.write('GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.match((await once(early, 'data'))[0], /^HTTP\/1\.1 200 OK/)
  })

  it('find it at localhost on a machine without IPv6', async (t) => {
    const unshare = findProgram(t, 'unshare', 'util-linux')
    if (!unshare || !findProgram(t, 'ip', 'iproute2')) return
    if (spawnSync(unshare, ['--net', 'true']).status !== 0)
      return t.skip('a network without IPv6 can be made by root only')
    const cwd = await createFolder(t)
    const address = `localhost:${await freePort()}`
    const toml = `client_id = "oauth2client_0000A"\nclient_secret = "mnzconf.x"\nserver_addr = "${address}"\nredirect_uri = "http://${address}"\n`
    await writeFile(join(cwd, 'config.toml'), toml, { mode: 0o600 })
    const script = `
      ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6 || exit 2
      "$@" & exporter=$!
      for time in 1 2 3 4 5 6 7 8 9 10; do
        if "$@" healthcheck; then kill $exporter; exit 0; fi
        sleep 0.5
      done
      kill $exporter; exit 1`
    const words = ['--net', 'sh', '-c', script, 'sh', process.execPath, builtMain()]
    const { stdout, stderr, ended } = startProgram(t, unshare, words, { cwd })
    assert.equal(await ended(), 0, stderr())
    assert.match(stdout(), new RegExp(`http://${address} is healthy`))
  })
})
