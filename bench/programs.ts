import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { rootCertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { TLS } from '../test/web/self-signed.ts'
import { Processes } from './processes.ts'

/** The programs that measurements start, ready to run, and what they need. */
interface Programs {
  /** Temporary; everything that processes write goes in here. */
  readonly folder: string
  readonly floor: string
  readonly load: string
  readonly monzo: string
  /** As README's two commands leave it. */
  readonly exporter: string
  /** What an exporter needs to trust the simulated Monzo. */
  readonly trust: Readonly<Record<string, string>>
}

/** What every measurement starts its programs with. */
export interface Bench {
  readonly processes: Processes
  readonly programs: Programs
}

const SOURCES = {
  floor: new URL('./floor.ts', import.meta.url),
  load: new URL('./load.ts', import.meta.url),
  monzo: new URL('./monzo.ts', import.meta.url),
}

/** Runs these scripts of package.json, and then the measurement; leaves no process and no file behind. */
export async function withBench(
  scripts: readonly string[],
  measure: (bench: Bench) => Promise<void>,
): Promise<void> {
  for (const script of scripts) execFileSync('npm', ['run', script], { stdio: 'inherit' })
  const programs = await buildPrograms()
  const processes = new Processes()
  const cleanUp = async () => {
    await processes.stopAll()
    await rm(programs.folder, { recursive: true, force: true })
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void cleanUp().finally(() => process.exit(1)))
  try {
    await measure({ processes, programs })
  } finally {
    await cleanUp()
  }
}

async function buildPrograms(): Promise<Programs> {
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
  return {
    folder,
    floor: program('floor'),
    load: program('load'),
    monzo: program('monzo'),
    exporter: resolve('dist/main.js'),
    trust: await trustIn(join(folder, 'authorities.pem')),
  }
}

/**
 * Not NODE_EXTRA_CA_CERTS: Node 20 then reads all authorities before it runs the program, 25 ms of
 * its start, while without it they are read at the first connection to Monzo. So they are here.
 */
async function trustIn(file: string): Promise<Readonly<Record<string, string>>> {
  await writeFile(file, [...rootCertificates, TLS.cert].join('\n'))
  return { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: file }
}
