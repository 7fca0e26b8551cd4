import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import type { ConfigSources } from '../../src/config/load.ts'
import { CLIENT, type Files, folder } from './folder.ts'

const QUOTES =
  "has quotes around it that count as part of the value: remove them (a shell would, docker's --env-file does not)"
const PADDED = 'begins or ends with a space or a line break: remove it'
const NAMED = 'holds more than the value: remove its name ("KEY=") and anything else around it'
const BASE64 = 'is encoded in base64: put in the decoded text'
const QUOTE = 'has a quotation mark in it: remove it'
const notShown = (code: string) =>
  `has an invisible character in it (U+${code}): type the value instead of copying it`

const SECRET = 'mnzconf.aHVudGVyMg/+=='
const OURS = {
  MONZO_EXPORTER_CLIENT_ID: 'oauth2client_0000Example',
  MONZO_EXPORTER_CLIENT_SECRET: SECRET,
}
const GO = {
  MONZO_OAUTH_CLIENT_ID: 'oauth2client_0000Go',
  MONZO_OAUTH_CLIENT_SECRET: SECRET,
  MONZO_OAUTH_EXTERNAL_URL: 'https://monzo.example.com',
}

describe('quotes around a variable, as --env-file and some files of compose keep them', () => {
  const ours = Object.entries({
    ...OURS,
    MONZO_EXPORTER_ACCOUNT_ID: 'acc_00009Example',
    MONZO_EXPORTER_AUTH_KEY: 'a long enough key',
    MONZO_EXPORTER_STATS_TOKEN: '0123456789abcdef',
    MONZO_EXPORTER_TOKENS_FILE: '/data/tokens.json',
    MONZO_EXPORTER_CLIENT_SECRET_FILE: '/run/secret',
    MONZO_EXPORTER_SERVER_ADDR: ':8080',
    MONZO_EXPORTER_REDIRECT_URI: 'https://monzo.example.com',
    MONZO_EXPORTER_POLL_INTERVAL: '15s',
    MONZO_EXPORTER_POTS: 'true',
    MONZO_EXPORTER_LOG_LEVEL: 'info',
    MONZO_EXPORTER_TRUSTED_PROXIES: '10.0.0.1, 10.0.0.2',
    MONZO_EXPORTER_CONFIG: 'config.toml',
  })
  for (const [name, value] of ours)
    it(`are told for ${name}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': CLIENT })
      for (const quoted of [`"${value}"`, `'${value}'`, `\\"${value}\\"`, `“${value}”`]) {
        const error = await refusal({ env: { [name]: quoted } })
        assert.equal(error.message, `${name}: ${QUOTES}`)
      }
    })
  const go = {
    ...GO,
    MONZO_OAUTH_PORT: '8080',
    METRICS_PORT: '9036',
    METRICS_SCRAPE_INTERVAL: '30',
  }
  for (const [name, value] of Object.entries(go))
    it(`are told for ${name} of the Go exporter`, async (t) => {
      const error = await folder(t).refusal({ env: { ...GO, [name]: `"${value}"` } })
      assert.equal(error.message, `${name}: ${QUOTES}`)
    })
  for (const name of ['MONZO_ACCESS_TOKENS', 'MONZO_EXPORTER_ACCESS_TOKENS'])
    it(`are told for ${name}, around all tokens or each`, async (t) => {
      for (const value of ['"one,two"', '"one","two"', "'one'"])
        assert.equal(
          (await folder(t).refusal({ env: { [name]: value } })).message,
          `${name}: ${QUOTES}`,
        )
      const error = await folder(t).refusal({ env: { [name]: 'one, "two"' } })
      assert.equal(error.message, `${name}: entry 2: ${QUOTES}`)
    })
  it('are told for flags and for config.toml, whose own quotes are gone by then', async (t) => {
    const { refusal } = folder(t, { 'config.toml': `${CLIENT}auth_key = '"a long enough key"'` })
    assert.equal((await refusal()).message, `config.toml:4: auth_key: ${QUOTES}`)
    const flags = { auth_key: "'a long enough key'" }
    assert.equal((await refusal({ flags })).message, `--auth-key: ${QUOTES}`)
  })
  it('may be inside of a key that people type', async (t) => {
    const { load } = folder(t, { 'config.toml': `${CLIENT}auth_key = 'a "quoted" word'` })
    assert.equal((await load()).config.auth_key, 'a "quoted" word')
  })
  it('are told where only one of them was copied, of what Monzo gave', async (t) => {
    for (const [name, value] of Object.entries(OURS)) {
      const error = await folder(t).refusal({ env: { ...OURS, [name]: `"${value}` } })
      assert.equal(error.message, `${name}: ${QUOTE}`)
    }
  })
})

describe('what a file of a secret holds besides it', () => {
  const contents: readonly (readonly [text: string, message: string])[] = [
    [`"${SECRET}"\n`, QUOTES],
    [`CLIENT_SECRET=${SECRET}\n`, NAMED],
    [`KEY=${SECRET}\n`, NAMED],
    [`export MONZO_EXPORTER_CLIENT_SECRET="${SECRET}"\n`, NAMED],
    [`MONZO_OAUTH_CLIENT_ID=oauth2client_0000Go\nMONZO_OAUTH_CLIENT_SECRET=${SECRET}\n`, NAMED],
    [`client_secret = "${SECRET}"\n`, NAMED],
    [`client-secret: ${SECRET}\n`, NAMED],
    [`clientSecret=${SECRET}`, NAMED],
    [`{"client_secret":"${SECRET}"}`, NAMED],
    [`${Buffer.from(`${SECRET}\n`).toString('base64')}\n`, BASE64],
    [Buffer.from(SECRET).toString('base64url'), BASE64],
    [`${SECRET}\u200b\n`, notShown('200B')],
    [` ${SECRET}`, PADDED],
    [`${SECRET}\n\n`, PADDED],
    [`${SECRET}\t`, PADDED],
    [`${SECRET}\r\n\r\n`, PADDED],
    [`${SECRET}\noauth2client_0`, 'has a space or a line break in it'],
  ]
  const id = 'client_id = "oauth2client_0000Example"\n'
  for (const [text, message] of contents)
    it(`is told of ${JSON.stringify(text)}`, async (t) => {
      const toml = `${id}client_secret_file = "secret"`
      const { refusal } = folder(t, { 'config.toml': toml, secret: text })
      const error = await refusal()
      assert.equal(error.message, `config.toml:2: client_secret_file: ${message}`)
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /aHVudGVyMg|YUhWdWRH/)
    })
  const others: readonly (readonly [key: string, text: string, message: string])[] = [
    ['auth_key', 'auth_key=a long enough key', NAMED],
    ['auth_key', 'MONZO_EXPORTER_AUTH_KEY=hunter2hunter2', NAMED],
    ['auth_key', '"hunter2hunter2"', QUOTES],
    ['auth_key', 'hunter2hunter2 ', PADDED],
    ['stats_token', 'STATS_TOKEN=hunter2', NAMED],
    ['stats_token', "'hunter2'", QUOTES],
  ]
  for (const [key, text, message] of others)
    it(`is told of ${JSON.stringify(text)} for ${key}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': `${CLIENT}${key}_file = "file"`, file: text })
      assert.equal((await refusal()).message, `config.toml:4: ${key}_file: ${message}`)
    })
  it('is told of playground tokens', async (t) => {
    const files = { tokens: 'eyJhbGciOi.one\nMONZO_ACCESS_TOKENS=eyJhbGciOi.two\n' }
    const { refusal } = folder(t, files)
    const error = await refusal({ env: { MONZO_EXPORTER_ACCESS_TOKENS_FILE: 'tokens' } })
    assert.equal(error.message, `MONZO_EXPORTER_ACCESS_TOKENS_FILE: entry 2: ${NAMED}`)
  })
  it('is not seen in keys that only look a little like that', async (t) => {
    for (const key of ['Ab=cdefghijklm', 'aGVsbG8gd29ybGQ=', 'c2VjcmV0S2V5==', '{a}b=12345678'])
      assert.equal(
        (await folder(t, { 'config.toml': `${CLIENT}auth_key = '${key}'` }).load()).config.auth_key,
        key,
      )
  })
})

describe('a character that does not show', () => {
  const codes = [
    ...[0x00_07, 0x00_7f, 0x00_85, 0x00_a0, 0x00_ad, 0x03_4f, 0x11_5f, 0x17_b4, 0x18_0e],
    ...[0x20_00, 0x20_09, 0x20_0b, 0x20_0c, 0x20_0d, 0x20_0e, 0x20_0f, 0x20_28, 0x20_2a, 0x20_2e],
    ...[0x20_2f, 0x20_5f, 0x20_60, 0x20_66, 0x20_69, 0x28_00, 0x30_00, 0x31_64, 0xfe_0f, 0xfe_ff],
    ...[0xff_a0, 0xe_00_41, 0xe_01_00],
  ]
  for (const code of codes) {
    const shown = code.toString(16).toUpperCase().padStart(4, '0')
    it(`is told by its number in every id, secret and key: U+${shown}`, async (t) => {
      const stray = String.fromCodePoint(code)
      const env = {
        MONZO_EXPORTER_CLIENT_ID: `oauth2client_0000${stray}Example`,
        MONZO_EXPORTER_CLIENT_SECRET: `${SECRET}${stray}`,
        MONZO_EXPORTER_AUTH_KEY: `a long${stray} enough key`,
        MONZO_EXPORTER_STATS_TOKEN: `${stray}0123456789`,
        MONZO_EXPORTER_ACCOUNT_ID: `acc_00009${stray}Example`,
      }
      const lines = Object.keys(env).map((name) => `${name}: ${notShown(shown)}`)
      const { message } = await folder(t).refusal({ env })
      assert.deepEqual(message.split('\n').slice(1).toSorted(), lines.toSorted())
    })
  }
  it('is told in playground tokens, and in what else a program reads', async (t) => {
    const toml = 'poll_interval = "15s\u200b"\nredirect_uri = "http://\u200b127.0.0.1:8080"\n'
    const { refusal } = folder(t, { 'config.toml': `${toml}access_tokens = ["one\u2060"]` })
    assert.equal(
      (await refusal()).message,
      [
        '3 faults in the configuration:',
        `config.toml:1: poll_interval: ${notShown('200B')}`,
        `config.toml:2: redirect_uri: ${notShown('200B')}`,
        `config.toml:3: access_tokens: entry 1: ${notShown('2060')}`,
      ].join('\n'),
    )
  })
  it('is not a letter of another language, nor a sign', async (t) => {
    for (const key of ['clé de sûreté £€', 'пароль пароль', '密碼密碼密碼密碼', '🔑🔑🔑🔑🔑🔑'])
      assert.equal(
        (await folder(t, { 'config.toml': `${CLIENT}auth_key = "${key}"` }).load()).config.auth_key,
        key,
      )
  })
  it('can be one that a variable in another encoding has lost', async (t) => {
    const { refusal } = folder(t, { 'config.toml': CLIENT })
    const error = await refusal({ env: { MONZO_EXPORTER_AUTH_KEY: 'cl\uFFFD de maison' } })
    assert.equal(
      error.message,
      'MONZO_EXPORTER_AUTH_KEY: has a character in it that is not valid UTF-8: write the value in UTF-8',
    )
  })
})

describe('spaces and line ends around a value', () => {
  for (const [key, value] of [
    ['poll_interval', '15s'],
    ['server_addr', ':8080'],
    ['redirect_uri', 'http://127.0.0.1:8080'],
    ['log_level', 'info'],
    ['auth_key', 'a long enough key'],
    ['account_id', 'acc_00009Example'],
  ] as const)
    it(`are told for ${key}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': CLIENT })
      for (const padded of [`${value} `, ` ${value}`, `${value}\r`, `${value}\n`, `\t${value}`]) {
        const name = `MONZO_EXPORTER_${key.toUpperCase()}`
        assert.equal((await refusal({ env: { [name]: padded } })).message, `${name}: ${PADDED}`)
      }
    })
})

describe('the name of a file', () => {
  const SHELL = 'begins with "~" or "$", which only a shell replaces: write the whole path'
  const CONTROL =
    'has a line break, a tab or another control character in it: in double quotes, TOML wants each backslash twice'
  const HIDDEN = 'begins or ends with a space or an invisible character: remove it'
  const cases: readonly (readonly [toml: string, message: string])[] = [
    ['tokens_file = "~/tokens.json"', `tokens_file: ${SHELL}`],
    ['tokens_file = "$HOME/tokens.json"', `tokens_file: ${SHELL}`],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: people do write it
    ['stats_token_file = "${CREDENTIALS_DIRECTORY}/token"', `stats_token_file: ${SHELL}`],
    ['tokens_file = "C:\\new\\tokens.json"', `tokens_file: ${CONTROL}`],
    ['tokens_file = "tokens.json "', `tokens_file: ${HIDDEN}`],
    ['tokens_file = "tokens.json\u200b"', `tokens_file: ${HIDDEN}`],
    ['auth_key_file = "\u00a0key"', `auth_key_file: ${HIDDEN}`],
    ['auth_key_file = 1', 'auth_key_file: expected the name of a file, in quotes'],
  ]
  for (const [toml, message] of cases)
    it(`is refused in ${JSON.stringify(toml)}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': CLIENT + toml })
      assert.equal((await refusal()).message, `config.toml:4: ${message}`)
    })
  it('of a config.toml is refused likewise', async (t) => {
    const { refusal } = folder(t, { 'config.toml': CLIENT })
    assert.equal((await refusal({ flags: { config: '~/x.toml' } })).message, `--config: ${SHELL}`)
    const env = { MONZO_EXPORTER_CONFIG: 'config.toml\r' }
    assert.equal((await refusal({ env })).message, `MONZO_EXPORTER_CONFIG: ${CONTROL}`)
  })
  it('may be in any language, with spaces, or be that of a file called "~x"', async (t) => {
    for (const name of ['mein Geld/🧑‍🚀.json', 'a\u202fb.json', './~x', 'a$b'])
      assert.ok(await folder(t, { 'config.toml': `${CLIENT}tokens_file = "${name}"` }).load())
  })
})

describe('a byte-order mark', () => {
  const cases: readonly (readonly [what: string, files: Files, env: ConfigSources['env']])[] = [
    ['config.toml', { 'config.toml': `\ufeff${CLIENT}` }, {}],
    ['the file of a secret', { s: `\ufeff${SECRET}` }, { MONZO_EXPORTER_CLIENT_SECRET_FILE: 's' }],
  ]
  for (const [what, files, env] of cases)
    it(`is dropped from ${what}`, async (t) => {
      const { load } = folder(t, { 'config.toml': CLIENT, ...files })
      assert.match((await load({ env })).config.client_secret ?? '', /^mnzconf/)
    })
})
