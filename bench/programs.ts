import type { ChildProcess } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rename } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The programs that measurements start, ready to run. */
export interface Programs {
  /** Temporary; everything that processes write goes in here. */
  readonly folder: string
  readonly floor: string
  readonly statsServer: string
  readonly load: string
  readonly monzo: string
}

const RETRY_MS = 1 // start-up is measured with it
const GIVE_UP_MS = 30_000

const SOURCES = {
  floor: new URL('./floor.ts', import.meta.url),
  statsServer: new URL('./stats-server.ts', import.meta.url),
  load: new URL('./load.ts', import.meta.url),
  monzo: new URL('./monzo.ts', import.meta.url),
}

/** Bundles them as scripts/bundle.ts does the exporter: nothing is slower for being split. */
export async function buildPrograms(): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), 'monzo-exporter-bench-'))
  const program = (name: string) => join(folder, `${name}.cjs`)
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(SOURCES).map(([name, url]) => [name, fileURLToPath(url)]),
    ),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  })
  // As the bundle is started: what the launcher asks of V8 must not cost scrapes.
  const started = join(folder, 'stats-server')
  await mkdir(started)
  await rename(program('statsServer'), join(started, 'exporter.cjs'))
  await copyFile('scripts/bundle-launcher.cjs', join(started, 'main.cjs'))
  return {
    folder,
    floor: program('floor'),
    statsServer: join(started, 'main.cjs'),
    load: program('load'),
    monzo: program('monzo'),
  }
}

/**
 * Asks until a program that is starting answers.
 * @returns how many bytes the answer had.
 */
export async function waitForStats(port: number, child: ChildProcess): Promise<number> {
  const giveUpMs = performance.now() + GIVE_UP_MS
  while (performance.now() < giveUpMs) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} has ended`)
    const answer = await get(port, '/stats').catch(() => undefined)
    if (answer?.status === 200) return answer.body.length
    await sleep(RETRY_MS)
  }
  throw new Error(`${child.spawnargs.join(' ')} does not answer`)
}

/** One GET on a connection of its own, which leaves nothing behind on the server. */
export function get(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ port, path, host: '127.0.0.1', agent: false }, (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    asking.on('error', reject)
    asking.end()
  })
}
