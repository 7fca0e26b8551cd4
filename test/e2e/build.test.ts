import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { it } from 'node:test'
import { bundleSplit } from '../../scripts/bundle-sources.ts'
import { createFolder } from '../fakes/world.ts'

const PEOPLES = [
  ...['express', 'helmet', 'openid-client', 'oauth4webapi'].map((name) => `node_modules/${name}/`),
  ...['src/sandbox/', 'src/web/pages.ts', 'src/cli/doctor.ts'],
]
const EXPORTERS = [
  ...['prom-client', 'zod', 'pino'].map((name) => `node_modules/${name}/`),
  ...['src/app.ts', 'src/monzo/', 'src/tokens/'],
]

type Outputs = Awaited<ReturnType<typeof bundleSplit>>['outputs']

/** @returns the sources that are loaded with a file, but not later. */
function loadedWith(outputs: Outputs, entryPoint: string): readonly string[] {
  const files = new Set<string>()
  const add = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && !external) add(path)
  }
  const entry = Object.keys(outputs).find((file) => outputs[file]?.entryPoint === entryPoint)
  add(entry ?? assert.fail(`no file for ${entryPoint}`))
  return [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
}

const within = (sources: readonly string[], parts: readonly string[]): readonly string[] =>
  sources.filter((source) => parts.some((part) => source.includes(part)))

it('leaves out of a start what is for people, and out of a health check the exporter', async (t) => {
  const { outputs } = await bundleSplit(await createFolder(t))
  const main = loadedWith(outputs, 'src/main.ts')
  const exporter = [...main, ...loadedWith(outputs, 'src/cli/serve.ts')]
  assert.deepEqual(within(exporter, PEOPLES), [])
  assert.ok(exporter.includes('src/app.ts'))
  const check = [...main, ...loadedWith(outputs, 'src/cli/healthcheck.ts')]
  assert.deepEqual(within(check, [...PEOPLES, ...EXPORTERS]), [])
  assert.ok(check.includes('src/cli/health-probe.ts'))
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
