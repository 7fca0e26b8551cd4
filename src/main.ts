#!/usr/bin/env node
import { on } from 'node:events'
import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Build } from './cli/context.ts'
import { run } from './cli/run.ts'
import { typedCommand } from './cli/typed.ts'
import { systemClock } from './lib/clock.ts'
import { isJournalStream } from './lib/journal.ts'

/** Set by `npm run build`; there is none when the sources are run. */
declare const MONZO_EXPORTER_BUILD: Omit<Build, 'nodeVersion'> | undefined

const FROM_SOURCE = { version: 'from source', revision: 'unknown' }
const build: Build = {
  ...(typeof MONZO_EXPORTER_BUILD === 'undefined' ? FROM_SOURCE : MONZO_EXPORTER_BUILD),
  nodeVersion: process.version,
}

// What ps, top and the OOM killer call it. Node 24's name for it would be MainThread.
process.title = 'monzo-exporter'

const stopping = new AbortController()
// The handlers stay: a second Ctrl-C must not cut off a refresh, whose token works once.
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => stopping.abort(new Error(signal)))

/** Opened at the first write. A closed reader is no reason to exit. */
const opened = new Set<NodeJS.WriteStream>()
function openStream(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const stream = process[name]
  if (!opened.has(stream)) opened.add(stream.on('error', () => undefined))
  return stream
}

void run({
  args: process.argv.slice(2),
  get typed() {
    return typedCommand(process.argv[1], process.cwd())
  },
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
  get isJournal() {
    return isJournalStream(process.env['JOURNAL_STREAM'], fstatSync(2, { bigint: true }))
  },
  get isTerminal() {
    return isatty(0) && isatty(1)
  },
  get columns() {
    return process.stdout.columns
  },
  clock: systemClock,
  late: {
    history: () => import('./history/history.ts'),
    oauth: () => import('./monzo/oauth.ts'),
    pages: () => import('./web/pages.ts'),
    tlsFiles: () => import('./web/tls-files.ts'),
  },
  pid: process.pid,
  build,
  stopping: stopping.signal,
  hangups: on(process, 'SIGHUP'), // listens from the start on: they must never end the process
}).then((code) => process.exit(code))
