import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

/** As `npm run build:binary` makes it. */
export const BINARY = resolve('dist/monzo-exporter')
/** As `npm run build:binary -- --arch arm64` makes it. */
export const ARM64_BINARY = resolve('dist/monzo-exporter-arm64')
/** As `npm run build:deb` makes it. */
export const debOf = (arch: string): string =>
  resolve(`dist/monzo-exporter_${version.replace('-', '~')}_${arch}.deb`)
/** `nobody`, of whom no other file on this machine is. */
export const STRANGER = 65534

/** A folder that anybody may enter, with a copy of the binary in it and nothing else. */
export async function folderWithBinary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'monzo-exporter-binary-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  await copyFile(BINARY, join(folder, 'monzo-exporter'))
  return folder
}

export interface Ending {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, with nothing in its environment but what is given. */
export function runToEnd(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Ending {
  const { cwd, env = {} } = options
  return spawnSync(program, args, { cwd, env, encoding: 'utf8', maxBuffer: 16e6 })
}
