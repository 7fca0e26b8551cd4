import { EventEmitter, on } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { TestContext } from 'node:test'
import type { World } from '../../src/cli/world.ts'
import { systemClock } from '../../src/lib/clock.ts'

/** A folder that is gone after the test. */
export async function createFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'monzo-exporter-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A process that isn't one: arguments, a folder of its own with these files, and what it prints. */
export async function createWorld(
  t: TestContext,
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
) {
  const cwd = await createFolder(t)
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
  const stopping = new AbortController()
  const hangups = new EventEmitter()
  const stdin = new PassThrough()
  const out = collect()
  const err = collect()
  const world: World = {
    args,
    cwd,
    env: {},
    stdin,
    stdout: out.stream,
    stderr: err.stream,
    isTerminal: false,
    clock: systemClock,
    late: {
      oauth: () => import('../../src/monzo/oauth.ts'),
      pages: () => import('../../src/web/pages.ts'),
    },
    pid: 4711,
    stopping: stopping.signal,
    hangups: on(hangups, 'hangup'),
    build: { version: '1.2.3', revision: 'abc', nodeVersion: 'v20.17.0' },
  }
  return {
    ...{ world, cwd, stdin, stdout: out.text, stderr: err.text },
    stop: () => stopping.abort(),
    hangUp: () => hangups.emit('hangup'),
  }
}

function collect() {
  const stream = new PassThrough()
  let text = ''
  stream.on('data', (chunk) => {
    text += chunk
  })
  return { stream, text: () => text }
}
