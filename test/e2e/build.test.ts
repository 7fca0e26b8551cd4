import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import { it } from 'node:test'
import { bundleSplit } from '../../scripts/bundle-sources.ts'
import { createFolder } from '../fakes/world.ts'

const LATE = [
  ...['express', 'helmet', 'openid-client', 'oauth4webapi'].map((name) => `node_modules/${name}/`),
  ...['src/sandbox/', 'src/web/pages.ts', 'src/cli/doctor.ts'],
]

it('leaves out of a start what is imported later', async (t) => {
  const folder = await createFolder(t)
  const { outputs } = await bundleSplit(folder)
  const started = new Set<string>()
  const add = (file: string): void => {
    if (started.has(file)) return
    started.add(file)
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && !external) add(path)
  }
  add(relative('.', join(folder, 'main.js')))
  const sources = [...started].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
  assert.ok(sources.includes('src/app.ts'))
  assert.deepEqual(
    sources.filter((source) => LATE.some((late) => source.includes(late))),
    [],
  )
})
it('needs nothing at run time but what Node has itself', async (t) => {
  const { outputs } = await bundleSplit(await createFolder(t))
  const needed = Object.values(outputs).flatMap(({ imports }) => imports)
  const packages = needed.filter(({ path, external }) => external && !isBuiltin(path))
  assert.deepEqual(packages, [])
})
it('makes the same files of the same sources, and nothing beyond ASCII', async (t) => {
  const read = async () => {
    const folder = await createFolder(t)
    await bundleSplit(folder)
    return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')])
  }
  const files = await read()
  assert.deepEqual(await read(), files)
  for (const [name, text = ''] of files) assert.match(text, /^[\0-\x7f]*$/, name)
})
