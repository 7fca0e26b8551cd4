import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { skip } from '../chaos/mounts.ts'
import { eventually } from '../e2e/harness.ts'
import { findProgram, startProgram } from '../e2e/program.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { ARM64_BINARY } from './executables.ts'

const LIBRARIES = '/usr/aarch64-linux-gnu' // for programs of that kind on this machine

/** Starts the binary for arm64; skips the test where that can't be played. */
async function start(t: TestContext, args: readonly string[], env: Record<string, string> = {}) {
  const qemu = findProgram(t, 'qemu-aarch64-static', 'qemu-user-static')
  if (!qemu) return undefined
  if (!existsSync(`${LIBRARIES}/lib/libstdc++.so.6`)) {
    skip(t, 'the libraries of arm64 are not installed (Debian package libstdc++6-arm64-cross)')
    return undefined
  }
  const cwd = await createFolder(t)
  return startProgram(t, qemu, ['-L', LIBRARIES, ARM64_BINARY, ...args], { cwd, env })
}

describe('The binary for arm64', () => {
  it('has at most 120 MB', () => {
    assert.ok(statSync(ARM64_BINARY).size <= 120e6)
  })
  it('says its version', async (t) => {
    const program = await start(t, ['--version'])
    assert.equal(await program?.ended(), program && 0)
    if (program) assert.match(program.stdout(), /^monzo-exporter \S+ \([0-9a-f]{12}\)\n$/)
  })
  it('starts, answers /stats, shows its status page, and ends when told to', async (t) => {
    const origin = `http://127.0.0.1:${await freePort()}`
    const exporter = await start(t, ['--server-addr', new URL(origin).host], {
      MONZO_EXPORTER_CLIENT_ID: 'oauth2client_0000A',
      MONZO_EXPORTER_CLIENT_SECRET: 'mnzconf.hunter-secret',
      MONZO_EXPORTER_AUTH_KEY: 'a long enough key',
    })
    if (!exporter) return
    await exporter.says(/authorize\?key=/)
    await eventually(async () => {
      const stats = await (await fetch(`${origin}/stats`)).text()
      assert.match(stats, /^monzo_exporter_build_info\{.*\} 1$/m)
      assert.match(stats, /^monzo_up 0$/m)
    })
    assert.equal((await fetch(origin)).status, 200)
    exporter.child.kill('SIGTERM')
    assert.equal(await exporter.ended(), 0)
    assert.doesNotMatch(exporter.stderr(), /error/i)
  })
})
