import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const made = new Map<string, Promise<string>>()

/**
 * Puts a program into one file, once, since hundreds of starts have to be quick ones.
 * @returns its path; gone when this process ends.
 */
export function bundle(entry: string): Promise<string> {
  const program = made.get(entry) ?? make(entry)
  made.set(entry, program)
  return program
}

async function make(entry: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'monzo-exporter-bundle-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'program.cjs')
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  })
  return outfile
}
