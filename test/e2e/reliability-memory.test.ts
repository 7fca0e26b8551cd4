import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setUpLogin } from '../cli/sandbox-login.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { eventually } from './harness.ts'
import { builtMain, startProgram } from './program.ts'

const HEAP_MIB = 200
const PAGES = 42 // of 6 MB: more than fit into the heap, and no more than one minute's calls

it('reads pages of 6 MB without end within a heap of 200 MB, and balances meanwhile', async (t) => {
  const { sandbox, logins } = await setUpLogin(t)
  const endless = await fetch(`${sandbox.adminUrl}/scenarios/endless_transactions`, {
    method: 'POST',
  })
  assert.equal(endless.status, 200)
  const cwd = await createFolder(t)
  const origin = `http://127.0.0.1:${await freePort()}`
  const config = [
    `access_tokens = ["${logins[0]?.access_token}"]`,
    `server_addr = "${new URL(origin).host}"`,
    `monzo_api_url = "${sandbox.apiUrl}"`,
    'legacy_metrics = true', // which keep descriptions
  ]
  await writeFile(join(cwd, 'config.toml'), config.join('\n'))
  const args = [`--max-old-space-size=${HEAP_MIB}`, builtMain()]
  const exporter = startProgram(t, process.execPath, args, { cwd })
  const pages = () =>
    sandbox.requests.filter(({ endpoint }) => endpoint === 'GET /transactions').length
  await eventually(() => {
    assert.equal(
      exporter.child.exitCode ?? exporter.child.signalCode,
      null,
      exporter.stderr().slice(-2000),
    )
    assert.ok(pages() >= PAGES, `${pages()} pages`)
  })
  const stats = await (await fetch(`${origin}/stats`)).text()
  assert.match(stats, /^monzo_up 1$/m)
  assert.match(stats, /^monzo_balance\{/m)
  exporter.child.kill('SIGTERM')
  await once(exporter.child, 'exit')
  assert.equal(await exporter.ended(), 0)
})
