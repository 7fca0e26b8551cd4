import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { CLIENT, folder } from './folder.ts'

const ID = 'client_id = "oauth2client_0000Example"\n'

describe('a secret in a file', () => {
  const contents: readonly (readonly [text: string, secret: string])[] = [
    ['mnzconf.a', 'mnzconf.a'],
    ['mnzconf.a\n', 'mnzconf.a'],
    ['mnzconf.a\r\n', 'mnzconf.a'],
    ['\ufeffmnzconf.a\n', 'mnzconf.a'],
  ]
  for (const [text, secret] of contents) {
    it(`is ${secret} when the file holds ${JSON.stringify(text)}`, async (t) => {
      const { load } = folder(t, {
        'config.toml': `${ID}client_secret_file = "run/secret"`,
        'run/secret': text,
      })
      assert.equal((await load()).config.client_secret, secret)
    })
  }
  it('may come through a pipe, as from a password manager', async (t) => {
    const { cwd, load } = folder(t, { 'config.toml': `${ID}client_secret_file = "pipe"` })
    const pipe = join(cwd, 'pipe')
    execFileSync('sh', ['-c', 'mkfifo "$0"', pipe])
    const writer = execFile('sh', ['-c', 'printf "mnzconf.a" >"$0"', pipe])
    assert.equal((await load()).config.client_secret, 'mnzconf.a')
    await once(writer, 'exit')
  })
  it('loses one line break only: a second one is told, not guessed away', async (t) => {
    const { refusal } = folder(t, {
      'config.toml': `${CLIENT}auth_key_file = "key"`,
      key: 'abc\n\n',
    })
    assert.equal(
      (await refusal()).message,
      'config.toml:4: auth_key_file: begins or ends with a space or a line break: remove it',
    )
  })
  it('is a list of tokens, by commas or lines', async (t) => {
    const { load } = folder(t, { tokens: 'one,two\r\nthree\n\n' })
    const { config } = await load({ env: { MONZO_EXPORTER_ACCESS_TOKENS_FILE: 'tokens' } })
    assert.deepEqual(config.access_tokens, ['one', 'two', 'three'])
  })
  it('is named with its file when that is missing, empty or a folder', async (t) => {
    const { cwd, refusal } = folder(t, { 'empty.txt': ' \n', 'dir/x': '' })
    const error = await refusal({
      env: {
        MONZO_EXPORTER_CLIENT_ID: 'oauth2client_0000Example',
        MONZO_EXPORTER_CLIENT_SECRET_FILE: 'gone',
        MONZO_EXPORTER_STATS_TOKEN_FILE: 'empty.txt',
        MONZO_EXPORTER_AUTH_KEY_FILE: 'dir',
      },
    })
    assert.deepEqual(error.message.split('\n'), [
      '3 faults in the configuration:',
      `MONZO_EXPORTER_CLIENT_SECRET_FILE: ${join(cwd, 'gone')} cannot be read: there is no such file or folder (ENOENT)`,
      `MONZO_EXPORTER_AUTH_KEY_FILE: ${join(cwd, 'dir')} cannot be read: it is a folder (EISDIR)`,
      `MONZO_EXPORTER_STATS_TOKEN_FILE: ${join(cwd, 'empty.txt')} is empty`,
    ])
  })
  it('cannot stand beside the secret itself in one layer, even if a higher one decides', async (t) => {
    const { refusal } = folder(t, { 'config.toml': `${CLIENT}client_secret_file = "secret"` })
    const message =
      'config.toml:4: client_secret_file: cannot stand beside client_secret (config.toml:3): keep one of the two'
    assert.equal((await refusal()).message, message)
    assert.equal((await refusal({ flags: { client_secret: 'mnzconf.b' } })).message, message)
  })
  it('gives way to the secret itself in a higher layer, and is not even read', async (t) => {
    const { load } = folder(t, { 'config.toml': `${ID}client_secret_file = "gone"` })
    const { config } = await load({ env: { MONZO_EXPORTER_CLIENT_SECRET: 'mnzconf.b' } })
    assert.equal(config.client_secret, 'mnzconf.b')
  })
  it('wins over the secret itself in a lower layer', async (t) => {
    const { load } = folder(t, { 'config.toml': CLIENT, secret: 'mnzconf.b' })
    const { config } = await load({ flags: { client_secret_file: 'secret' } })
    assert.equal(config.client_secret, 'mnzconf.b')
  })
})

/** Stands wherever a value can stand. */
const MARK = 'hUnTeR2'

describe('no value is ever told', () => {
  const broken: readonly string[] = [
    `client_secret = "${MARK}`,
    `client_secret = ${MARK}`,
    `client_secret = "mnzconf.${MARK}"\nclient_secret = "mnzconf.${MARK}"`,
    `auth_key = "${MARK}"\nclient_id = \nstats_token = "${MARK}"`,
    `auth_key = """\n${MARK}\n`,
    `access_tokens = ["${MARK}", "${MARK}"`,
    `client_secret = ["${MARK}"]\nauth_key = { a = "${MARK}" }\nstats_token = "${MARK} "`,
    `account_id = "${MARK}"\nclient_id = "${MARK}"\nclient_secret = "mnzpub.${MARK}"`,
    `server_addr = "${MARK}"\nredirect_uri = "${MARK}"\nmonzo_api_url = "http://${MARK}"`,
    `poll_interval = "${MARK}"\nlog_level = "${MARK}"\npots = "${MARK}"\ntrusted_proxies = ["${MARK}"]`,
    `access_tokens = ["${MARK} ", "xxxx${MARK}", 3]\nclient_id = "oauth2client_0000Example"`,
    `client_secret_file = "mnzconf.${MARK}"\nauth_key_file = "${MARK}/+="\nstats_token_file = "eyJ.${MARK}"`,
    `client_secret = "mnzconf.${MARK}"\nclient_secret_file = "${MARK}"`,
    `auth_key = "${MARK}\\u0007"\nclient_secret = "oauth2client_${MARK}"`,
  ]
  for (const toml of broken) {
    it(`of ${JSON.stringify(toml)}`, async (t) => {
      const error = await folder(t, { 'config.toml': toml }).refusal()
      assert.equal(error.cause, undefined)
      for (const face of [
        error.message,
        error.hint,
        inspect(error, { depth: 9, showHidden: true }),
      ])
        assert.ok(!face.includes(MARK), face)
    })
  }
  it('of a variable, a flag or a file', async (t) => {
    const { refusal } = folder(t, { secret: `mnzpub.${MARK}`, key: `${MARK}\n\n` })
    const error = await refusal({
      env: {
        MONZO_EXPORTER_CLIENT_SECRET_FILE: 'secret',
        MONZO_EXPORTER_AUTH_KEY_FILE: 'key',
        MONZO_EXPORTER_CLIENT_ID: MARK,
        MONZO_EXPORTER_SECRET: MARK,
      },
      flags: { stats_token: `${MARK} `, access_tokens: `xxxx${MARK}` },
    })
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(MARK))
  })
  it('whatever is cut off or inserted anywhere in the file', async (t) => {
    const toml = `auth_key = "${MARK}"\nclient_secret = 'mnzconf.${MARK}'\naccess_tokens = ["${MARK}"]\n`
    const { cwd, load } = folder(t)
    const position = fc.nat({ max: toml.length })
    const insert = fc.constantFrom('"', "'", '\n', '\\', '[', '=', '\u0000', '#', '"""', 'é')
    await fc.assert(
      fc.asyncProperty(position, insert, fc.boolean(), async (at, text, isCut) => {
        const damaged = toml.slice(0, at) + text + (isCut ? '' : toml.slice(at))
        writeFileSync(join(cwd, 'config.toml'), damaged)
        const error: unknown = await load().catch((reason) => reason)
        if (!(error instanceof Error)) return
        assert.ok(!inspect(error, { depth: 9 }).includes(MARK), inspect(error))
      }),
    )
  })
})
