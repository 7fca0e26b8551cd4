import { EventEmitter, on } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { TestContext } from 'node:test'
import type { CommandContext } from '../../src/cli/context.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createFolder } from './world.ts'

/** A process that isn't one: arguments, a folder of its own with these files, and what it prints. */
export async function createContext(
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
  const context: CommandContext = {
    args,
    typed: 'monzo-exporter',
    cwd,
    env: {},
    stdin,
    stdout: out.stream,
    stderr: err.stream,
    isJournal: false,
    isTerminal: false,
    clock: systemClock,
    late: {
      oauth: () => import('../../src/monzo/oauth.ts'),
      pages: () => import('../../src/web/pages.ts'),
      history: () => import('../../src/history/history.ts'),
      tlsFiles: () => import('../../src/web/tls-files.ts'),
    },
    pid: 4711,
    stopping: stopping.signal,
    hangups: on(hangups, 'hangup'),
    build: { version: '1.2.3', revision: 'abc', nodeVersion: 'v20.17.0' },
  }
  return {
    ...{ context, cwd, stdin, stdout: out.text, stderr: err.text },
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
