import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../e2e/harness.ts'
import { startMonzo } from '../e2e/log-in.ts'
import { startMain, startProgram } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'
import { openBrowser, openPage } from './browser.ts'
import { approve, begin, showsHeading } from './clicks.ts'
import { startSshServer } from './sshd.ts'

test('An exporter on a machine without a browser is logged in through the ssh command that it prints', async (t) => {
  const browser = await openBrowser(t)
  const ssh = browser && (await startSshServer(t))
  if (!ssh) return
  const monzo = await startMonzo(t)
  const cwd = await createFolder(t)
  // Both machines are this one: what the exporter listens at must be no address that the browser uses.
  const there = new URL(monzo.origin)
  there.hostname = '127.0.0.2'
  const config = monzo.config.replace(/^server_addr = .*$/m, `server_addr = "${there.host}"`)
  await writeFile(join(cwd, 'config.toml'), config)
  const exporter = startMain(t, [], {
    cwd,
    env: { SSH_CONNECTION: `127.0.0.1 50022 127.0.0.1 ${ssh.port}`, USER: ssh.user },
  })
  const [link = ''] = await exporter.says(/^http:\S+\/authorize\?key=\S+$/m)
  assert.equal(new URL(link).origin, monzo.origin)
  const page = await openPage(t, browser)
  await assert.rejects(page.goto(link), /ERR_CONNECTION_REFUSED/)

  const [, command = ''] = /first run there: ssh (.*)$/m.exec(exporter.stderr()) ?? []
  assert.match(command, /^-L \d+:127\.0\.0\.2:\d+ -p \d+ \S+@127\.0\.0\.1$/)
  const tunnel = startProgram(t, 'ssh', [...ssh.options, '-N', ...command.split(' ')])
  await eventually(() => fetch(monzo.origin)).catch((error) => {
    throw new Error(tunnel.stderr(), { cause: error })
  })
  await begin(page, link)
  await approve(await openPage(t, browser), monzo.authUrl)
  await showsHeading(page, 'Connected')
  const stats = await (await fetch(new URL('/stats', there))).text()
  assert.match(stats, /^monzo_balance\{/m)
})
