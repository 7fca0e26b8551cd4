import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  link,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { decodeText } from '../../src/lib/decode-text.ts'
import { AppError } from '../../src/lib/errors.ts'
import { recoverLogins, removeLeftovers } from '../../src/tokens/leftovers.ts'
import { proveWritable } from '../../src/tokens/proof-of-room.ts'
import {
  loadLogins,
  makePrivate,
  parseTokens,
  renderTokens,
  tokensBytes,
} from '../../src/tokens/token-file.ts'
import { saveLogins } from '../../src/tokens/token-save.ts'

const LOGIN = {
  user_id: 'user_1',
  client_id: 'oauth2client_1',
  access_token: 'a',
  refresh_token: 'r',
  expires_at: '2026-11-22T10:00:00.000Z',
  expires_in: 21_600,
  authorized_at: '2026-11-22T04:00:00.000Z',
}
async function setup(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'monzo-exporter-'))
  t.after(() => rm(directory, { recursive: true }))
  return { directory, path: join(directory, 'tokens.json') }
}

it('round-trips, with mode 0600 even over a 0644 file', async (t) => {
  const { path } = await setup(t)
  assert.equal(await loadLogins(path), undefined)
  await writeFile(path, '{}', { mode: 0o644 })
  await saveLogins(path, [LOGIN])
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await loadLogins(path), [LOGIN])
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), { version: 1, logins: [LOGIN] })
})
it("reads the Rust exporter's file", async (t) => {
  const { path } = await setup(t)
  const login = {
    access_token: 'a',
    expires_at: '2020-07-05T18:41:29.123456789Z',
    refresh_token: 'r',
  }
  await writeFile(path, JSON.stringify(login))
  assert.deepEqual(await loadLogins(path), [login])
})
for (const text of ['', '{"version":1', 'hunter2', '{"version":2,"logins":["hunter2"]}']) {
  it(`refuses the damaged file '${text}' without quoting it`, async (t) => {
    const { path } = await setup(t)
    await writeFile(path, text)
    await assert.rejects(loadLogins(path), (error: Error) => {
      assert.match(error.message, /tokens\.json (?:is damaged|was written by a newer version)/)
      assert.doesNotMatch(inspect(error), /hunter2/)
      return true
    })
    assert.equal(await readFile(path, 'utf8'), text)
  })
}
const encodings: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['UTF-8 with a byte-order mark', (text) => Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, as PowerShell writes it', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16, the other way round', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
  ['UTF-16 without a mark', (text) => Buffer.from(text, 'utf16le')],
  ['UTF-16 without a mark, the other way round', (text) => Buffer.from(text, 'utf16le').swap16()],
]
for (const [name, encode] of encodings)
  it(`reads a file in ${name}, and saves it in UTF-8`, async (t) => {
    const { path } = await setup(t)
    const login = { ...LOGIN, user_id: 'user_é€😀' }
    await writeFile(path, encode(renderTokens([login])))
    assert.deepEqual(await loadLogins(path), [login])
    await saveLogins(path, [login])
    assert.equal(await readFile(path, 'utf8'), renderTokens([login]))
    const { access_token, refresh_token, expires_at } = LOGIN
    const rust = { access_token, refresh_token, expires_at }
    await writeFile(path, encode(JSON.stringify(rust)))
    assert.deepEqual(await loadLogins(path), [rust])
    await rm(path)
    await writeFile(`${path}.1`, encode(renderTokens([login])))
    assert.deepEqual(await recoverLogins(path), [login])
  })
it('decodes any bytes', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeText(Buffer.from(bytes))))
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!text.includes('\0')) // JSON has none, and UTF-16 without a mark is known by it
      assert.equal(decodeText(Buffer.from(`{${text}`)), `{${text}`)
    }),
  )
})
const noFiles: readonly (readonly [string, (path: string) => unknown])[] = [
  ['a pipe that nobody writes to', (path) => execFileSync('sh', ['-c', 'mkfifo "$0"', path])],
  ['a link to a device without end', (path) => symlink('/dev/zero', path)],
]
for (const [what, make] of noFiles)
  it(`says of ${what} that it is no file, and neither waits nor writes over it`, async (t) => {
    const { path } = await setup(t)
    await make(path)
    await assert.rejects(loadLogins(path), {
      code: 'TOKENS_UNREADABLE',
      message: `${path} can't be read: it is not a regular file (ENXIO)`,
      hint: 'Move it away, or name another file with tokens_file.',
    })
    await rename(path, `${path}.1`)
    assert.equal(await recoverLogins(path), undefined)
  })
it('replaces a file that has a second name, which keeps what it had', async (t) => {
  const { directory, path } = await setup(t)
  await writeFile(path, 'of a backup', { mode: 0o644 })
  await link(path, join(directory, 'backup'))
  assert.match((await makePrivate(path)) ?? '', /may read \S+tokens\.json, .*: chmod 600 /)
  assert.equal((await stat(path)).mode & 0o777, 0o644)
  await saveLogins(path, [LOGIN])
  assert.equal(await readFile(join(directory, 'backup'), 'utf8'), 'of a backup')
  assert.deepEqual(await loadLogins(path), [LOGIN])
})
it('removes what a kill -9 left behind, and nothing else', async (t) => {
  const { directory, path } = await setup(t)
  const names = ['tokens.json', 'tokens.json.bak', 'tokens.json.1234567']
  for (const name of names) await writeFile(join(directory, name), '')
  await removeLeftovers(path)
  assert.deepEqual((await readdir(directory)).sort(), ['tokens.json', 'tokens.json.bak'])
})
it('proves that there is room by really writing, and leaves nothing behind', async (t) => {
  const { directory, path } = await setup(t)
  await proveWritable(path, tokensBytes([LOGIN]))
  assert.deepEqual(await readdir(directory), [])
})
it('says in words why a folder takes no tokens, and what to do', async (t) => {
  const { path } = await setup(t)
  const missing = join(path, 'tokens.json')
  const expected = {
    code: 'TOKENS_UNWRITABLE',
    message: `${missing} can't be written: there is no such file or folder (ENOENT)`,
    hint: `Make the folder ${path}, which does not exist; it tries again by itself.`,
  }
  await assert.rejects(proveWritable(missing, tokensBytes([LOGIN])), expected)
  await assert.rejects(saveLogins(missing, [LOGIN]), expected)
})
it('says that a file cannot be read, rather than taking it for absent', async (t) => {
  const { directory } = await setup(t)
  await assert.rejects(loadLogins(directory), {
    code: 'TOKENS_UNREADABLE',
    message: `${directory} can't be read: it is a folder (EISDIR)`,
  })
})

/** Reads it as a file: logins, or the one error there is. @returns what is said. */
function read(text: string): string {
  try {
    for (const login of parseTokens(text, 'tokens.json')) {
      assert.ok(login.access_token !== '' && login.refresh_token !== '')
      assert.ok(!Number.isNaN(Date.parse(login.expires_at)))
    }
    return ''
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'TOKENS_DAMAGED')
    return inspect(error, { depth: 9 })
  }
}

const mark = 'hunter2'
/** What looks like a tokens file the more, the longer one looks. */
const nearlyTokens = fc.record(
  {
    version: fc.oneof(fc.constant(1), fc.integer(), fc.string()),
    logins: fc.array(
      fc.record(
        {
          user_id: fc.oneof(fc.string(), fc.constant(mark)),
          access_token: fc.oneof(fc.constant(mark), fc.nat()),
          refresh_token: fc.oneof(fc.constant(mark), fc.constant('')),
          expires_at: fc.oneof(
            fc.constantFrom(
              '2026-11-22T10:00:00Z',
              '2026-02-30T10:00:00Z',
              '2026-11-22T10:00:00+99:99',
              mark,
            ),
            fc.string(),
          ),
          expires_in: fc.double(),
          [mark]: fc.string(),
        },
        { requiredKeys: [] },
      ),
    ),
    [mark]: fc.anything(),
  },
  { requiredKeys: [] },
)

it('reads any bytes as logins or as damaged, and quotes none of them', () => {
  const bytes = fc.uint8Array().map((array) => Buffer.from(array).toString('utf8'))
  fc.assert(fc.property(fc.oneof(bytes, fc.string(), fc.json()), (text) => void read(text)))
  const isQuiet = (file: unknown) => assert.doesNotMatch(read(JSON.stringify(file)), /hunter2/)
  fc.assert(fc.property(nearlyTokens, isQuiet), { numRuns: 500 })
})
it('reads what it has written, however it is cut: all of it, or nothing', () => {
  const login = fc.record({
    user_id: fc.string({ minLength: 1 }),
    access_token: fc.string({ minLength: 1 }),
    refresh_token: fc.string({ minLength: 1 }),
    expires_at: fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => {
      return new Date(date.getTime() % 4e12).toISOString()
    }),
  })
  fc.assert(
    fc.property(fc.array(login, { minLength: 1 }), fc.double({ min: 0, max: 1 }), (logins, cut) => {
      const text = renderTokens(logins)
      assert.equal(renderTokens(parseTokens(text, 'tokens.json')), text)
      const part = text.slice(0, Math.floor(cut * (text.length - 2)))
      assert.match(read(part), /TOKENS_DAMAGED/)
    }),
  )
})
