#!/usr/bin/env node
import { on } from 'node:events'
import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import type { Build } from './cli/context.ts'
import { run } from './cli/run.ts'
import { systemClock } from './lib/clock.ts'

/** Set by the bundler; the bundle has no package.json beside it. */
declare const MONZO_EXPORTER_BUILD: { version: string; revision: string } | undefined

function readBuild(): Build {
  const nodeVersion = process.version
  if (typeof MONZO_EXPORTER_BUILD !== 'undefined') return { ...MONZO_EXPORTER_BUILD, nodeVersion }
  const here = dirname(realpathSync(process.argv[1] ?? '.')) // src or dist: the package is one up
  const read = (name: string) => readFileSync(join(here, name), 'utf8')
  const { version } = JSON.parse(read('../package.json'))
  let revision = 'unknown'
  try {
    revision = read('revision').trim()
  } catch {
    // not built: `npm run build` writes it
  }
  return { version, revision, nodeVersion }
}

const stopping = new AbortController()
// The handlers stay: a second Ctrl-C must not cut off a refresh, whose token works once.
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => stopping.abort(new Error(signal)))

/** Opened when somebody first writes to it. That nobody reads it any more is no reason to end. */
const opened = new Set<NodeJS.WriteStream>()
function openStream(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const stream = process[name]
  if (!opened.has(stream)) opened.add(stream.on('error', () => undefined))
  return stream
}

void run({
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  get stdin() {
    return process.stdin // opened when it is first asked for, and most never do
  },
  get stdout() {
    return openStream('stdout')
  },
  get stderr() {
    return openStream('stderr')
  },
  get isTerminal() {
    return isatty(0) && isatty(1)
  },
  get columns() {
    return process.stdout.columns
  },
  clock: systemClock,
  late: { oauth: () => import('./monzo/oauth.ts'), pages: () => import('./web/pages.ts') },
  pid: process.pid,
  build: readBuild(),
  stopping: stopping.signal,
  hangups: on(process, 'SIGHUP'), // listens from the start on: they must never end the process
}).then((code) => process.exit(code))
