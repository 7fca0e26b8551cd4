import assert from 'node:assert/strict'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { createContext } from '../fakes/context.ts'
import { EXPIRED_TLS, RENEWED_TLS, TLS } from '../web/self-signed.ts'

const SECRET = 'mnzconf.hunter2'
const CONFIG = [
  'client_id = "oauth2client_0000A"',
  `client_secret = "${SECRET}"`,
  'server_addr = "127.0.0.1:0"',
  '',
].join('\n')
const TLS_FLAGS = ['--tls-cert-file=cert.pem', '--tls-key-file=key.pem']
const PEM_HINT =
  'They must be a PEM certificate, with its chain, and the private key that belongs to it.'
const TOKENS_HINT = 'Let this program read it, or name another file with tokens_file.'

/** A command in a folder of its own, with a folder `dir` in it. */
async function inFolder(
  t: TestContext,
  args: readonly string[],
  files: Readonly<Record<string, string>>,
) {
  const made = await createContext(t, args, { 'config.toml': CONFIG, ...files })
  await mkdir(join(made.cwd, 'dir'))
  const told = (text: string) => text.replaceAll(made.cwd, '/here')
  return { ...made, told }
}

describe('check-config', () => {
  const refused: readonly (readonly [
    what: string,
    flags: readonly string[],
    files: Readonly<Record<string, string>>,
    error: string,
    hint: string,
  ])[] = [
    [
      'a certificate that is not there',
      TLS_FLAGS,
      { 'key.pem': TLS.key },
      "/here/cert.pem can't be read: there is no such file or folder (ENOENT)",
      'Let this program read it, or name another file with tls_cert_file and tls_key_file.',
    ],
    [
      'files that are not PEM',
      TLS_FLAGS,
      { 'cert.pem': 'hunter2', 'key.pem': 'hunter2' },
      'tls_cert_file and tls_key_file cannot be used',
      PEM_HINT,
    ],
    [
      'the key of another certificate',
      TLS_FLAGS,
      { 'cert.pem': TLS.cert, 'key.pem': RENEWED_TLS.key },
      'tls_cert_file and tls_key_file cannot be used',
      PEM_HINT,
    ],
    [
      'a folder for a tokens file',
      ['--tokens-file=dir'],
      {},
      "/here/dir can't be read: it is a folder (EISDIR)",
      'Move it away, or name another file with tokens_file.',
    ],
    [
      'a tokens file that can not be reached',
      ['--tokens-file=s.txt/tokens.json'],
      { 's.txt': '' },
      "/here/s.txt/tokens.json can't be read: a part of the path is not a folder (ENOTDIR)",
      TOKENS_HINT,
    ],
    [
      'a damaged tokens file',
      [],
      { 'tokens.json': '{"access_token":"hunter2"' },
      '/here/tokens.json is damaged: it is not JSON, or not all of it',
      'Move it away and authorize again; an older copy holds tokens that are used up.',
    ],
  ]
  for (const [what, flags, files, error, hint] of refused)
    it(`refuses what serve refuses, with the same words and code: ${what}`, async (t) => {
      for (const command of ['check-config', 'serve']) {
        const { context, stdout, stderr, told } = await inFolder(t, [command, ...flags], files)
        assert.equal(await run(context), 78, command)
        const said = told(stderr())
        assert.equal(said.slice(said.indexOf('error: ')), `error: ${error}\nhint: ${hint}\n`)
        assert.doesNotMatch(stdout() + stderr(), /hunter2|is good/)
      }
    })
  it('calls good what serve can use, and leaves everything as it is', async (t) => {
    const tokens = '{"version":1,"logins":[]}'
    const files = { 'cert.pem': TLS.cert, 'key.pem': TLS.key, 'tokens.json': tokens }
    const args = ['check-config', ...TLS_FLAGS, '--redirect-uri=https://127.0.0.1:8080']
    const { context, cwd, stdout, stderr, told } = await inFolder(t, args, files)
    await mkdir(join(cwd, 'tokens.json.lock')) // an exporter runs: that is nothing to wait for
    const before = await readdir(cwd)
    assert.equal(await run(context), 0, stderr())
    assert.equal(told(stdout()), '/here/config.toml is good.\n')
    assert.equal(stderr(), '')
    assert.deepEqual(await readdir(cwd), before)
    assert.equal(await readFile(join(cwd, 'tokens.json'), 'utf8'), tokens)
  })
  it('warns of a certificate that has expired', async (t) => {
    const files = { 'cert.pem': EXPIRED_TLS.cert, 'key.pem': EXPIRED_TLS.key }
    const args = ['check-config', ...TLS_FLAGS, '--redirect-uri=https://127.0.0.1:8080']
    const { context, stderr } = await inFolder(t, args, files)
    assert.equal(await run(context), 0)
    assert.match(stderr(), /^warning: The certificate of tls_cert_file expired at 2020-01-01T/)
  })
  it('refuses a proxy in the environment that is none, as serve would, without its password', async (t) => {
    for (const command of ['check-config', 'serve']) {
      const { context, stdout, stderr } = await inFolder(t, [command], {})
      const env = { HTTPS_PROXY: 'socks5://sam:hunter2@proxy:1080' }
      assert.equal(await run({ ...context, env }), 78)
      assert.match(
        stderr(),
        /^error: HTTPS_PROXY is not the address of an HTTP proxy\nhint: Write it/m,
      )
      assert.doesNotMatch(stdout() + stderr(), /hunter2|is good/)
    }
  })
  it('does not look at a tokens file that tokens of the playground leave unused', async (t) => {
    const files = { 'config.toml': 'access_tokens = ["one"]\n', 'tokens.json': 'damaged' }
    const { context, stderr } = await inFolder(t, ['check-config'], files)
    assert.equal(await run(context), 0, stderr())
  })
})
