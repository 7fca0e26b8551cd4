import assert from 'node:assert/strict'
import { chmodSync, chownSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { parseTokens, renderTokens } from '../../src/tokens/token-file.ts'
import { eventually } from '../e2e/harness.ts'
import { builtMain } from '../e2e/program.ts'
import { type Child, startNode } from './child.ts'
import { startExporter } from './exporter.ts'
import { createPatient, type Patient } from './kills.ts'
import { as, canBeOthers, GROUP, OTHER, OWNER, own, runAs } from './users.ts'

const ROOT = 0
const MALLORY = { user_id: 'user_mallory', access_token: 'm', refresh_token: 'm' }
const PLANTED = renderTokens([{ ...MALLORY, expires_at: '2099-01-01T00:00:00.000Z' }])

/** A login in a folder with that owner and mode. */
async function setup(t: TestContext, uid: number, mode: number) {
  const patient = await createPatient(t, 'sam@example.com')
  await patient.logIn()
  const { folder, path } = patient
  chownSync(path, OWNER, OWNER)
  own(folder, uid, mode)
  // Read as root, who would not use such a file.
  const refreshToken = () => parseTokens(readFileSync(path, 'utf8'), path)[0]?.refresh_token
  return { ...patient, patient, refreshToken }
}

const startAs = (t: TestContext, uid: number, patient: Patient) =>
  startExporter(t, patient, { through: as(uid) })

/** Waits for a refresh. @returns the refresh token that it gave. */
async function refreshed({ sandbox, wire }: Patient, exporter: Exporter): Promise<string> {
  const isUp = async () => assert.match(await exporter.stats(), /^monzo_up 1$/m, exporter.output())
  await eventually(isUp)
  const before = wire.exchanges.length
  sandbox.expireAccess()
  await eventually(() => assert.ok(wire.exchanges.length > before, exporter.output()))
  await eventually(isUp)
  return wire.exchanges.at(-1)?.given ?? ''
}
type Exporter = Awaited<ReturnType<typeof startExporter>>

const doctor = async (t: TestContext, uid: number, patient: Patient): Promise<Child> => {
  const { folder, path, wire, sandbox } = patient
  const args = ['doctor', `--tokens-file=${path}`, '--server-addr=127.0.0.1:0']
  args.push('--client-id=oauth2client_0000Sandbox', '--client-secret=mnzconf.sandbox')
  args.push(`--monzo-api-url=${wire.url}`, `--monzo-auth-url=${sandbox.authUrl}`)
  const child = startNode(t, [builtMain(), ...args], { cwd: folder, through: as(uid) })
  await child.ended
  return child
}

describe('A user id without an entry in /etc/passwd', () => {
  it('is no reason for doctor to fail, once somebody is logged in', async (t) => {
    if (!canBeOthers(t)) return
    const { patient } = await setup(t, OWNER, 0o700)
    const child = await doctor(t, OWNER, patient)
    assert.match(child.output(), /^ok {5}Tokens can be saved in /m)
    assert.doesNotMatch(child.output(), /belongs to another user|Others may/)
    assert.ok([0, 1].includes((await child.ended) ?? -1), child.output())
  })
})

const folders = [
  ['0777', OWNER, 0o777],
  ['1777', OWNER, 0o1777],
  ['2770 of a common group', OWNER, 0o2770],
  ['0755 of somebody else, for root,', OTHER, 0o755],
] as const
for (const [title, uid, mode] of folders)
  describe(`A folder of mode ${title}`, { concurrency: true }, () => {
    const user = uid === OTHER ? ROOT : OWNER
    it('is warned about at start, by doctor and on the page', async (t) => {
      if (!canBeOthers(t)) return
      const { patient, path, folder } = await setup(t, uid, mode)
      chownSync(path, user, user)
      const warning = /Others may write to the folder of tokens\.json, which \w+ [^:]+/
      const exporter = await startAs(t, user, patient)
      await exporter.says('Serving')
      assert.match(
        exporter.output(),
        new RegExp(` WARN {2}${warning.source}.* chmod 700 ${folder}`),
      )
      const page = await exporter.page()
      assert.match(page, warning)
      assert.ok(!page.includes(folder), 'anybody may read the page')
      const child = await doctor(t, user, patient)
      assert.match(child.output(), new RegExp(`^note {3}${warning.source}`, 'm'))
      own(folder, user, 0o700)
      await eventually(async () => assert.doesNotMatch(await exporter.page(), warning))
    })
    it('gives nobody the tokens, whatever is planted in it, and nothing planted is used', async (t) => {
      if (!canBeOthers(t)) return
      const { patient, path, folder, refreshToken } = await setup(t, uid, mode)
      chownSync(path, user, user)
      writeFileSync(join(folder, 'secret'), 'of the owner')
      chownSync(join(folder, 'secret'), user, user)
      const before = refreshToken()
      const plant = (name: string) => `printf %s '${PLANTED}' > tokens.json.${name}`
      const links = [2, 3, 4, 5].map((n) => `ln -s secret tokens.json.${n}`)
      const lines = [plant('1'), plant('1.1234'), ...links, 'ln -s secret tokens.json.holder']
      runAs(OTHER, [...lines, 'mkfifo tokens.json.7'].join('\n'), folder)
      const exporter = await startAs(t, user, patient)
      await exporter.says('Serving')
      assert.equal(patient.wire.exchanges.length, 0)
      assert.equal(refreshToken(), before)
      const given = await refreshed(patient, exporter)
      await eventually(() => assert.equal(refreshToken(), given))
      const { uid: ownerOfFile, mode: modeOfFile } = statSync(path)
      assert.deepEqual([ownerOfFile, modeOfFile & 0o777], [user, 0o600])
      assert.equal(readFileSync(join(folder, 'secret'), 'utf8'), 'of the owner')
      for (const name of ['1', '1.1234'])
        assert.equal(readFileSync(`${path}.${name}`, 'utf8'), PLANTED)
      const tokens = patient.wire.exchanges.map(({ given }) => given)
      for (const name of await readdir(folder)) {
        const stats = lstatSync(join(folder, name), { throwIfNoEntry: false })
        if (!stats?.isFile() || stats.uid === user) continue
        const text = readFileSync(join(folder, name), 'utf8')
        assert.ok(!tokens.some((token) => text.includes(token)), name)
      }
      assert.doesNotMatch(exporter.output(), /recovered/)
    })
    it('whose tokens.json somebody else has replaced is said so; theirs is not used or given tokens', async (t) => {
      if (!canBeOthers(t)) return
      if ((mode & 0o1000) !== 0) return // there they can't
      const { patient, path, folder } = await setup(t, uid, mode)
      chownSync(path, user, user)
      const exporter = await startAs(t, user, patient)
      await exporter.says('Serving')
      await eventually(async () => assert.match(await exporter.stats(), /^monzo_up 1$/m))
      runAs(OTHER, `rm -f tokens.json; printf %s '${PLANTED}' > tokens.json`, folder)
      await exporter.says('belongs to another user')
      await eventually(async () =>
        assert.match(await exporter.stats(), /^monzo_tokens_persisted 0$/m),
      )
      await refreshed(patient, exporter)
      assert.equal(readFileSync(path, 'utf8'), PLANTED)
      assert.doesNotMatch(await exporter.stats(), /user_mallory/)
      await exporter.kill()
      const next = await startAs(t, user, patient)
      assert.equal(await next.ended, 78)
      assert.match(next.output(), new RegExp(`belongs to another user \\(uid ${OTHER}\\)`))
      assert.match(next.output(), new RegExp(`chown -h ${user} ${path}; else remove it`))
    })
  })

describe('A link in a folder that others may write to', () => {
  it('is followed when it is ours, and not when it is theirs', async (t) => {
    if (!canBeOthers(t)) return
    const { patient, folder, refreshToken } = await setup(t, OWNER, 0o777)
    const safe = join(folder, 'safe')
    await mkdir(safe)
    own(safe, OWNER, 0o700)
    runAs(OWNER, 'mv tokens.json safe; ln -s safe/tokens.json tokens.json', folder)
    const exporter = await startAs(t, OWNER, patient)
    await exporter.says('Serving')
    const given = await refreshed(patient, exporter)
    await eventually(() => assert.equal(refreshToken(), given))
    await exporter.kill()
    runAs(OTHER, 'rm tokens.json; ln -s safe/tokens.json tokens.json', folder)
    const next = await startAs(t, OWNER, patient)
    assert.equal(await next.ended, 78)
    assert.match(next.output(), /tokens\.json is not used, since it belongs to another user/)
  })
})

describe('A tokens.json that others can read', () => {
  it('is taken away from them at start, and that is said', async (t) => {
    if (!canBeOthers(t)) return
    const { patient, path } = await setup(t, OWNER, 0o755)
    chmodSync(path, 0o644)
    const exporter = await startAs(t, OWNER, patient)
    await exporter.says('Serving')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.match(
      exporter.output(),
      / WARN {2}Other users of this machine could read \S+tokens\.json/,
    )
  })
})

describe('The lock of somebody else', { concurrency: true }, () => {
  it('is respected while they mark it, and taken over when they are dead', async (t) => {
    if (!canBeOthers(t)) return
    const { patient, folder } = await setup(t, OWNER, 0o2770)
    runAs(OTHER, 'mkdir tokens.json.lock', folder)
    const marks = setInterval(() => runAs(OTHER, 'touch tokens.json.lock', folder), 2000)
    const refused = await startAs(t, OWNER, patient)
    assert.equal(await refused.ended, 75)
    clearInterval(marks)
    const exporter = await startAs(t, OWNER, patient)
    await exporter.says('Serving')
    await eventually(async () =>
      assert.match(await exporter.stats(), /^monzo_tokens_persisted 1$/m),
    )
  })
  it('is said to be in the way where it can not be removed, and the exporter runs', async (t) => {
    if (!canBeOthers(t)) return
    const { patient, folder, path } = await setup(t, ROOT, 0o1777)
    runAs(OTHER, 'mkdir tokens.json.lock', folder)
    const exporter = await startAs(t, OWNER, patient)
    await exporter.says('Serving')
    assert.ok(
      exporter.output().includes(`Remove ${path}.lock, and start no second exporter meanwhile.`),
      exporter.output(),
    )
    await eventually(async () =>
      assert.match(await exporter.stats(), /^monzo_tokens_persisted 0$/m),
    )
  })
})

describe('A folder that we may write to, but not read', () => {
  it('can not be synced, which is no reason to withhold a refresh', async (t) => {
    if (!canBeOthers(t)) return
    const { patient, folder, refreshToken } = await setup(t, OWNER, 0o300)
    const exporter = await startAs(t, OWNER, patient)
    await exporter.says('Serving')
    const given = await refreshed(patient, exporter)
    await eventually(() => assert.equal(refreshToken(), given))
    own(folder, OWNER, 0o700)
  })
})

it('works as root for a service whose folder and file are in nobody else’s hands', async (t) => {
  if (!canBeOthers(t)) return
  const { patient, path, folder, refreshToken } = await setup(t, ROOT, 0o755)
  const exporter = await startAs(t, ROOT, patient)
  await exporter.says('Serving')
  const given = await refreshed(patient, exporter)
  await eventually(() => assert.equal(refreshToken(), given))
  assert.equal(statSync(path).uid, OWNER) // the file keeps its owner
  assert.doesNotMatch(exporter.output(), /Others may/)
  assert.equal(statSync(folder).gid, GROUP)
})
