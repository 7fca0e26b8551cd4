import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { CLIENT, folder } from './folder.ts'

const PLACEHOLDER = 'is still the placeholder from the example: replace it with your own'
const NOT_CONFIDENTIAL =
  'belongs to a client that is not confidential, which Monzo gives no refresh token: create one with Confidentiality = Confidential at https://developers.monzo.com'
const HOST_PORT =
  'expected host:port such as "127.0.0.1:8080", "[::1]:8080" or ":8080" (every address)'
const URL_START = 'expected an address that starts with "http://" or "https://"'
const NO_PORT = 'has a port above 65535, the highest there is'
const IN_BRACKETS = 'has an IPv6 address without brackets: write it as in [::1]:8080'
const AFTER_COLON = 'has something other than a port after ":": expected a number such as 8080'
const NO_HOST = 'has an invalid host name or IP address'
const ONLY_HTTPS = 'must start with "https://" unless it is on this machine: tokens are sent there'
const BESIDE = 'log in with a client, or use tokens of the playground'
const SPACE = 'has a space or a line break in it'

/** Behind a client in lines 1 to 3: one bad line each, and all that is said about it. */
const lines: readonly (readonly [line: string, message: string])[] = [
  ['account_id = 7', 'account_id: expected text in quotes'],
  ['account_id = ""', 'account_id: is empty: remove the line or give a value'],
  ['account_id = "acc_0 0"', `account_id: ${SPACE}`],
  [
    'account_id = "user_0"',
    'account_id: expected the id of an account: "acc_", then letters and digits',
  ],
  [
    'account_id = "acc_xxxxxxxxxxxxxxxxxxxxxx"',
    `account_id: ${PLACEHOLDER}, or remove it to export every account`,
  ],
  ['server_addr = "8080"', `server_addr: ${HOST_PORT}`],
  ['server_addr = "127.0.0.1:65536"', `server_addr: ${NO_PORT}`],
  ['server_addr = ":99999"', `server_addr: ${NO_PORT}`],
  ['server_addr = "::1:8080"', `server_addr: ${IN_BRACKETS}`],
  ['server_addr = "fe80::1:8080"', `server_addr: ${IN_BRACKETS}`],
  ['server_addr = ":::8080"', `server_addr: ${IN_BRACKETS}`],
  ['server_addr = "127.0.0.1:８０８０"', `server_addr: ${HOST_PORT}`],
  ['server_addr = "http://127.0.0.1:8080"', `server_addr: ${HOST_PORT}`],
  ['server_addr = 8080', `server_addr: ${HOST_PORT}`],
  [
    'metrics_addr = "127.0.0.1:8080"',
    'metrics_addr: takes the address of server_addr: choose another port, or leave it out',
  ],
  [
    'metrics_addr = ":8080"',
    'metrics_addr: takes the address of server_addr: choose another port, or leave it out',
  ],
  ['redirect_uri = "127.0.0.1:8080"', `redirect_uri: ${URL_START}`],
  ['redirect_uri = "http:8080"', `redirect_uri: ${URL_START}`],
  ['redirect_uri = "ftp://example.com"', `redirect_uri: ${URL_START}`],
  ['redirect_uri = "http:/127.0.0.1:8080"', `redirect_uri: ${URL_START}`],
  ['redirect_uri = "http://127.0.0.1:99999"', `redirect_uri: ${NO_PORT}`],
  ['redirect_uri = "http://[::1]:65536/monzo"', `redirect_uri: ${NO_PORT}`],
  ['redirect_uri = "http://127.0.0.1:0"', `redirect_uri: ${AFTER_COLON}`],
  ['redirect_uri = "http://127.0.0.1:80a"', `redirect_uri: ${AFTER_COLON}`],
  ['redirect_uri = "http://127.0.0.1:８０８０"', `redirect_uri: ${AFTER_COLON}`],
  ['redirect_uri = "http://nas:8080:8080"', `redirect_uri: ${AFTER_COLON}`],
  ['redirect_uri = "http://::1:8080"', `redirect_uri: ${IN_BRACKETS}`],
  ['redirect_uri = "http://fd00::1"', `redirect_uri: ${IN_BRACKETS}`],
  ['redirect_uri = "http://256.0.0.1:8080"', `redirect_uri: ${NO_HOST}`],
  ['redirect_uri = "https://"', `redirect_uri: ${NO_HOST}`],
  ['redirect_uri = "http://my nas:8080"', 'redirect_uri: has a space or a backslash in it'],
  ['monzo_api_url = "https://api.monzo.com:99999"', `monzo_api_url: ${NO_PORT}`],
  [
    'redirect_uri = "https://example.com/?a=b"',
    'redirect_uri: must not have a query ("?") or a fragment ("#")',
  ],
  [
    'redirect_uri = "https://me:pass@example.com"',
    'redirect_uri: must not have a user name or a password',
  ],
  [
    'redirect_uri = "http://127.0.0.1:8080/callback"',
    'redirect_uri: must not end in "/callback": drop it here, as the exporter adds it (at Monzo it stays)',
  ],
  [
    'redirect_uri = "https://example.com/monzo/callback/"',
    'redirect_uri: must not end in "/callback": drop it here, as the exporter adds it (at Monzo it stays)',
  ],
  ['auth_key = ""', 'auth_key: is empty: remove the line or give a value'],
  ['auth_key = "xxxxxxxxxxxx"', `auth_key: ${PLACEHOLDER}`],
  ['auth_key = "a\\nb"', 'auth_key: has a line break or a tab in it'],
  [
    'stats_token = "£££"',
    'stats_token: has a character in it that is not ASCII: copy the value again',
  ],
  [
    'tls_cert_file = "cert.pem"',
    'tls_key_file: is missing: tls_cert_file (config.toml:4) needs it',
  ],
  ['tls_key_file = "key.pem"', 'tls_cert_file: is missing: tls_key_file (config.toml:4) needs it'],
  [
    'poll_interval = "4s"',
    'poll_interval: expected a duration such as "15s" or "1h30m", at least 5s',
  ],
  [
    'poll_interval = 15',
    'poll_interval: expected a duration such as "15s" or "1h30m", at least 5s',
  ],
  [
    'poll_interval = "15 s"',
    'poll_interval: expected a duration such as "15s" or "1h30m", at least 5s',
  ],
  [
    'poll_interval = "１５s"',
    'poll_interval: expected a duration such as "15s" or "1h30m", at least 5s',
  ],
  ['stale_after = "0s"', 'stale_after: expected a duration such as "15s" or "1h30m", more than 0'],
  [
    'stale_after = "999999999999999y"',
    'stale_after: expected a duration such as "15s" or "1h30m", more than 0',
  ],
  ['pots = "yes"', 'pots: expected true or false'],
  [
    'trusted_proxies = ["10.0.0.0/8", "10.0.0.0/33"]',
    'trusted_proxies: entry 2: expected an IP address or a CIDR range',
  ],
  [
    'trusted_proxies = 1',
    'trusted_proxies: expected a list such as ["10.0.0.1", "192.168.0.0/16"], or outside of config.toml its entries alone, separated by commas',
  ],
  ['log_level = "loud"', 'log_level: expected one of "debug", "info", "warn", "error"'],
  ['log_format = "xml"', 'log_format: expected one of "text", "json"'],
  ['monzo_api_url = "http://api.monzo.com"', `monzo_api_url: ${ONLY_HTTPS}`],
  ['monzo_auth_url = "http://127.0.0.1.example.com"', `monzo_auth_url: ${ONLY_HTTPS}`],
  [
    'access_tokens = ["eyJhbGciOi"]',
    `access_tokens: cannot stand beside client_id (config.toml:2): ${BESIDE}`,
  ],
  ['pol_interval = "15s"', 'pol_interval: is not a setting: did you mean poll_interval?'],
  [
    'Client-Secret-Fil = "x"',
    'Client-Secret-Fil: is not a setting: did you mean client_secret_file?',
  ],
  ['colour = "red"', 'colour: is not a setting: config.toml.example has them all'],
  ['"a\\nb" = 1', '"a\\nb": is not a setting: config.toml.example has them all'],
  ['[server]', 'server: is not a setting: config.toml.example has them all'],
]

describe('one bad line of config.toml', () => {
  for (const [line, message] of lines) {
    it(`is told for ${line}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': `${CLIENT}${line}\n` })
      const error = await refusal()
      const isMissing = message.includes('is missing')
      assert.equal(error.message, isMissing ? message : `config.toml:4: ${message}`)
      assert.equal(error.code, 'CONFIG_INVALID')
    })
  }
})

/** Whole files, which no client stands in front of. */
const files: readonly (readonly [toml: string, message: string])[] = [
  [
    'client_id = "oauth2client_0000Example"',
    'client_secret: is missing: client_id (config.toml:1) needs it',
  ],
  [
    'client_secret = "mnzconf.c2VjcmV0"',
    'client_id: is missing: client_secret (config.toml:1) needs it',
  ],
  [
    'pots = true',
    "client_id and client_secret: are missing: put in those of your Monzo OAuth client, or access_tokens from Monzo's playground",
  ],
  [
    'access_tokens = []',
    "client_id and client_secret: are missing: put in those of your Monzo OAuth client, or access_tokens from Monzo's playground",
  ],
  ['access_tokens = ["a", ""]', 'config.toml:1: access_tokens: entry 2: is empty'],
  ['access_tokens = "a b"', `config.toml:1: access_tokens: entry 1: ${SPACE}`],
  [
    'client_id = "your-client-id"\nclient_secret = "mnzconf.xxxxxx/xxxxxx/xxxx"',
    `2 faults in the configuration:\nconfig.toml:1: client_id: ${PLACEHOLDER}\nconfig.toml:2: client_secret: ${PLACEHOLDER}`,
  ],
  [
    'client_id = "mnzconf.c2VjcmV0"\nclient_secret = "oauth2client_0000Example"',
    '2 faults in the configuration:\nconfig.toml:1: client_id: expected the id of a Monzo OAuth client: it starts with "oauth2client_"\nconfig.toml:2: client_secret: is the id of a client, not its secret',
  ],
  [
    'client_id = "oauthclient_xxxxxxxx"\nclient_secret = "oauthclient_0000Example"',
    `2 faults in the configuration:\nconfig.toml:1: client_id: ${PLACEHOLDER}\nconfig.toml:2: client_secret: is the id of a client, not its secret`,
  ],
  [
    'client_id = "oauth2client_0000Example"\nclient_secret = "mnzpub.c2VjcmV0"',
    `config.toml:2: client_secret: ${NOT_CONFIDENTIAL}`,
  ],
]

describe('a whole config.toml', () => {
  for (const [toml, message] of files) {
    it(`is refused when it is ${JSON.stringify(toml)}`, async (t) => {
      const error = await folder(t, { 'config.toml': toml }).refusal()
      assert.equal(error.message, message)
    })
  }
})

/** Beside a good config.toml. */
const variables: readonly (readonly [name: string, value: string, message: string])[] = [
  ['CLIENT_SECRET', '', 'is empty: unset it or give a value'],
  ['AUTH_KEY', ' ', 'is empty: unset it or give a value'],
  ['POTS', '1', 'expected true or false'],
  ['PORT', '8080', 'is not a setting: config.toml.example has them all'],
  ['POLL_INTERVALL', '15s', 'is not a setting: did you mean MONZO_EXPORTER_POLL_INTERVAL?'],
  ['METRICS_PORT', '9036', 'is not a setting: config.toml.example has them all'],
  ['CONFIG', '', 'is empty: name a file or leave it out'],
  ['CONFIG', 'gone.toml', 'gone.toml cannot be read: there is no such file or folder (ENOENT)'],
  ['ACCESS_TOKENS', ',', 'is empty: unset it or give a value'],
  ['TRUSTED_PROXIES', '10.0.0.1, nginx', 'entry 2: expected an IP address or a CIDR range'],
]
describe('one bad variable', () => {
  for (const [name, value, message] of variables) {
    it(`is told for MONZO_EXPORTER_${name}=${value}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': CLIENT })
      const error = await refusal({ env: { [`MONZO_EXPORTER_${name}`]: value } })
      assert.equal(error.message, `MONZO_EXPORTER_${name}: ${message}`)
    })
  }
})

describe('one bad flag', () => {
  const flags: readonly (readonly [key: string, value: string | boolean, message: string])[] = [
    [
      'config',
      'gone.toml',
      '--config: gone.toml cannot be read: there is no such file or folder (ENOENT)',
    ],
    ['config', true, '--config: is empty: name a file or leave it out'],
    ['auth_key', '', '--auth-key: is empty: leave it out or give a value'],
    ['pots', 'maybe', '--pots: expected true or false'],
    ['log_level', 'verbose', '--log-level: expected one of "debug", "info", "warn", "error"'],
    ['pol_interval', '15s', '--pol-interval: is not a setting: did you mean --poll-interval?'],
  ]
  for (const [key, value, message] of flags) {
    it(`is told for ${key} ${value}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': CLIENT })
      assert.equal((await refusal({ flags: { [key]: value } })).message, message)
    })
  }
})

describe('all faults', () => {
  it('are told at once: the file by line, then variables, flags and what is missing', async (t) => {
    const toml = 'poll_interval = "1s"\nnope = 1\nclient_secret = """\nmnzpub.a"""\npots = 3\n'
    const { refusal } = folder(t, { 'config.toml': toml })
    const error = await refusal({
      env: { MONZO_EXPORTER_LOG_LEVEL: 'loud', MONZO_EXPORTER_POT: 'true' },
      flags: { server_addr: 'here' },
    })
    assert.equal(
      error.message,
      [
        '8 faults in the configuration:',
        'config.toml:1: poll_interval: expected a duration such as "15s" or "1h30m", at least 5s',
        'config.toml:2: nope: is not a setting: config.toml.example has them all',
        `config.toml:3: client_secret: ${NOT_CONFIDENTIAL}`,
        'config.toml:5: pots: expected true or false',
        'MONZO_EXPORTER_POT: is not a setting: did you mean MONZO_EXPORTER_POTS?',
        'MONZO_EXPORTER_LOG_LEVEL: expected one of "debug", "info", "warn", "error"',
        `--server-addr: ${HOST_PORT}`,
        'client_id: is missing: client_secret (config.toml:3) needs it',
      ].join('\n'),
    )
    assert.equal(error.hint, 'Correct what is named above, then run `monzo-exporter check-config`.')
  })
  it('leave out what may be in a file that cannot be read', async (t) => {
    const { refusal } = folder(t, { 'config.toml': 'client_id = [' })
    const error = await refusal({ env: { MONZO_EXPORTER_POTS: 'maybe' } })
    assert.match(error.message, /^2 faults .*\nconfig\.toml:1:\d+: has a bracket.*\n.*POTS: /)
    assert.doesNotMatch(error.message, /missing/)
  })
  it('include an empty auth_key that a higher layer overrides', async (t) => {
    const { refusal } = folder(t, { 'config.toml': `${CLIENT}auth_key = ""` })
    const error = await refusal({ env: { MONZO_EXPORTER_AUTH_KEY: 'a long enough key' } })
    assert.equal(
      error.message,
      'config.toml:4: auth_key: is empty: remove the line or give a value',
    )
  })
})

describe('a config.toml that cannot be used', () => {
  it('is named when it is a folder, as Docker makes them', async (t) => {
    const { cwd, refusal } = folder(t)
    mkdirSync(join(cwd, 'config.toml'))
    assert.equal((await refusal()).message, 'config.toml: cannot be read: it is a folder (EISDIR)')
  })
  const NOT_TEXT = 'config.toml: is not UTF-8 text: save it as UTF-8'
  const LARGE = 'config.toml: is larger than 1 MiB: this must be the wrong file'
  const contents: readonly (readonly [what: string, bytes: Buffer, message: string])[] = [
    ['UTF-16, as Windows saves it', Buffer.from(`\ufeff${CLIENT}`, 'utf16le'), NOT_TEXT],
    ['UTF-16 without a byte-order mark', Buffer.from(CLIENT, 'utf16le'), NOT_TEXT],
    ['Latin-1', Buffer.from(`${CLIENT}# \u00fc`, 'latin1'), NOT_TEXT],
    ['a program', Buffer.from('\x7fELF\x02\x01\x01\0\0\0'), NOT_TEXT],
    ['very large', Buffer.alloc(1024 * 1024 + 1, '#\n'), LARGE],
  ]
  for (const [what, bytes, message] of contents)
    it(`is named when it is ${what}`, async (t) => {
      const { cwd, refusal } = folder(t)
      writeFileSync(join(cwd, 'config.toml'), bytes)
      assert.equal((await refusal()).message, message)
    })
  it('is named when it has no end, and is not read to it', async (t) => {
    const { refusal } = folder(t, { 'config.toml': `${CLIENT}auth_key_file = "/dev/zero"\n` })
    assert.equal(
      (await refusal()).message,
      'config.toml:4: auth_key_file: /dev/zero is larger than 1 MiB: this must be the wrong file',
    )
    const error = await refusal({ flags: { config: '/dev/zero' } })
    assert.equal(
      error.message,
      '--config: /dev/zero is larger than 1 MiB: this must be the wrong file',
    )
  })
})

describe('nothing configured at all', () => {
  it('says in two lines which file was looked for and how to begin, with a code of its own', async (t) => {
    const { cwd, refusal } = folder(t)
    const error = await refusal({ env: { PATH: '/bin' } })
    assert.equal(error.code, 'NOTHING_CONFIGURED')
    assert.equal(
      error.message,
      `Nothing is configured: ${join(cwd, 'config.toml')} is not there, and no variable or flag sets anything.\n` +
        'Run `monzo-exporter init`, which writes it with the client_id and client_secret of a client from https://developers.monzo.com; or set access_tokens from the playground there, good for six hours.',
    )
    assert.match(error.hint, /monzo-exporter demo/)
  })
  it('is also a config.toml with nothing but comments', async (t) => {
    const { cwd, refusal } = folder(t, { 'config.toml': '# client_id = "…"\n' })
    const { code, message } = await refusal()
    assert.equal(code, 'NOTHING_CONFIGURED')
    assert.ok(message.startsWith(`Nothing is configured: ${join(cwd, 'config.toml')} sets nothing`))
    assert.match(message, /\nPut in the client_id and client_secret/)
  })
})
