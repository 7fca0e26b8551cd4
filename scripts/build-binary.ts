import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { escapeNonAscii } from './ascii.ts'
import {
  ARCHITECTURES,
  type Arch,
  fetchNode,
  NODE_IN_BINARY,
  thisArch,
  UsageError,
} from './fetch-node.ts'
import { renderLicenses } from './licenses.ts'
import { stripExecutable } from './strip-executable.ts'

// Puts the exporter and the Node that runs it into one executable file: dist/monzo-exporter, or
// dist/monzo-exporter-arm64 with `--arch arm64`.
// See https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2' // Node looks whether it is turned over
const QUIET = { stdio: 'pipe' } as const // what it says is shown if it fails

function main(): void {
  const given = givenArch()
  const arch = given ?? thisArch()
  const binary = resolve('dist', given === undefined ? 'monzo-exporter' : `monzo-exporter-${arch}`)
  mkdirSync('dist', { recursive: true })
  const folder = mkdtempSync(resolve('dist/.binary-'))
  try {
    const parts = bundleInto(join(folder, 'parts'))
    const blob = packBlob(folder, parts, arch)
    const executable = join(folder, 'monzo-exporter')
    const node = readFileSync(join(fetchNode(NODE_IN_BINARY, arch), 'bin', 'node'))
    writeFileSync(executable, stripExecutable(node), { mode: 0o755 })
    const args = [executable, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE]
    execFileSync('node_modules/.bin/postject', args, QUIET)
    // Of a file written in one piece Linux maps 30 MiB more than is used, until it reads it again.
    copyFileSync(executable, `${executable}.copy`)
    renameSync(`${executable}.copy`, binary)
  } finally {
    rmSync(folder, { recursive: true })
  }
  console.log(`${binary}: ${(statSync(binary).size / 1e6).toFixed(1)} MB, for Linux on ${arch}`)
}

function givenArch(): Arch | undefined {
  const name = archFlag()
  const arch = ARCHITECTURES.find((known) => known === name)
  if (arch || name === undefined) return arch
  if (/^arm(?:$|v|32)/.test(name))
    throw new UsageError(
      '32-bit ARM is not supported: there is no Node 24 for it. Use --arch arm64.',
    )
  throw new UsageError(
    `There is no binary for ${name}: --arch is one of ${ARCHITECTURES.join(', ')}.`,
  )
}

function archFlag(): string | undefined {
  try {
    return parseArgs({ options: { arch: { type: 'string' } } }).values.arch
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** The very Node that is to run it makes the bundle, since no other can use its code cache. */
function bundleInto(folder: string): string {
  execFileSync(builder(), ['--import', 'tsx', 'scripts/bundle.ts', folder], QUIET)
  const metafile = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'))
  const nodeLicense = readFileSync(join(fetchNode(NODE_IN_BINARY), 'LICENSE'), 'utf8')
  const licenses = JSON.stringify(renderLicenses({ metafile, nodeLicense }))
  const module = `'use strict';exports.LICENSES=${escapeNonAscii(licenses)}\n`
  writeFileSync(join(folder, 'license-texts.cjs'), module)
  return folder
}

/**
 * What is put into Node: the launcher, and as its assets all that lies beside it in a bundle. Code
 * cache aside, it is the same for every kind of machine; so this machine's Node makes all of them.
 */
function packBlob(folder: string, parts: string, arch: Arch): string {
  const config = join(folder, 'sea-config.json')
  const output = join(folder, 'blob')
  const names = readdirSync(parts).filter(
    (name) =>
      (name.endsWith('.cjs') && name !== 'main.cjs') ||
      (name.endsWith('.cache') && arch === thisArch()),
  )
  const settings = {
    main: join(parts, 'main.cjs'),
    output,
    disableExperimentalSEAWarning: true,
    assets: Object.fromEntries(names.map((name) => [name, join(parts, name)])),
  }
  writeFileSync(config, JSON.stringify(settings))
  execFileSync(builder(), ['--experimental-sea-config', config], QUIET)
  return output
}

const builder = (): string => join(fetchNode(NODE_IN_BINARY), 'bin', 'node')

try {
  main()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 64 : 1
}
