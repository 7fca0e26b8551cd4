import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { createReload, type Running } from '../../src/cli/reload.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFolder } from '../fakes/world.ts'

const FILE = `
client_id = "oauth2client_0000A"
client_secret = "mnzconf.hunter-secret"
auth_key = "a long enough key"
`

async function setup(t: TestContext) {
  const cwd = await createFolder(t)
  const write = (more: string) => writeFile(join(cwd, 'config.toml'), FILE + more)
  await write('')
  const load = () => loadConfig({ flags: {}, env: {}, cwd })
  const log = createFakeLog()
  const used: Running[] = []
  const running = load()
  const reload = createReload({ running, load, log, use: (next) => used.push(next) })
  return {
    ...{ cwd, used },
    /** @returns what is said when the file has these lines, too. */
    async reload(more: string) {
      await write(more)
      reload()
      return log.lines.splice(0)
    },
  }
}

it('says what has changed and is used', async (t) => {
  const { reload, used } = await setup(t)
  assert.deepEqual(await reload('poll_interval = "1m"\nlog_level = "debug"\nstats_token = "abc"'), [
    'info: The configuration was read again, and is used: stats_token, poll_interval and log_level changed.',
  ])
  assert.equal(used.at(-1)?.config.poll_interval.ms, 60_000)
  assert.deepEqual(await reload('poll_interval = "1m"\nlog_level = "debug"\nstats_token = "abc"'), [
    'info: The configuration was read again: nothing has changed.',
  ])
})
it('says in one sentence what takes a restart, again each time, and keeps the old values', async (t) => {
  const { reload, used } = await setup(t)
  const waiting =
    'warn: To change server_addr and tokens_file takes a restart: until then the old values hold.'
  const lines = 'server_addr = "127.0.0.1:8080"\ntokens_file = "other.json"\npots = false\n'
  assert.deepEqual(await reload(lines.replace('8080', '9999')), [
    'info: The configuration was read again, and is used: pots changed.',
    'warn: redirect_uri leads to port 8080 of this machine, but server_addr listens on 9999: unless something forwards it, logins will not come back. Set redirect_uri to "http://127.0.0.1:9999", here and at Monzo.',
    waiting,
  ])
  assert.equal(used.at(-1)?.config.server_addr?.port, 8080)
  assert.equal(used.at(-1)?.warnings.length, 1)
  assert.deepEqual(await reload(lines.replace('8080', '9999')), [waiting])
  assert.deepEqual(await reload(''), [
    'info: The configuration was read again, and is used: pots changed.',
  ])
  assert.deepEqual(used.at(-1)?.warnings, [])
})
it('changes nothing when there are faults, and tells them as check-config does', async (t) => {
  const { reload, used } = await setup(t)
  assert.deepEqual(await reload('poll_interval = "hunter"\nstats_tokn = "hunter2"'), [
    'error: The configuration was read again, but cannot be used: all goes on as before.',
    'error: 2 faults in the configuration:',
    'error: config.toml:5: poll_interval: expected a duration such as "15s" or "1h30m", at least 5s',
    'error: config.toml:6: stats_tokn: is not a setting: did you mean stats_token?',
  ])
  assert.deepEqual(used, [])
})
it('reads secrets again that are in files of their own', async (t) => {
  const { reload, used, cwd } = await setup(t)
  const secret = join(cwd, 'secret')
  await writeFile(secret, 'first-token\n')
  await reload('stats_token_file = "secret"')
  await writeFile(secret, 'second-token\n')
  assert.deepEqual(await reload('stats_token_file = "secret"'), [
    'info: The configuration was read again, and is used: stats_token changed.',
  ])
  assert.equal(used.at(-1)?.config.stats_token, 'second-token')
})
it('stretches stale_after with poll_interval, as at the start', async (t) => {
  const { reload, used } = await setup(t)
  await reload('poll_interval = "10m"')
  assert.equal(used.at(-1)?.config.stale_after.ms, 20 * 60_000)
})
