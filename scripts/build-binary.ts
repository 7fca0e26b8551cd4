import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { bundleWhole } from './bundle-sources.ts'
import { type Arch, fetchNode, NODE_IN_BINARY, thisArch, UsageError } from './fetch-node.ts'
import { binaryFor, givenArch } from './given-arch.ts'
import { renderLicenses } from './licenses.ts'
import { stripExecutable } from './strip-executable.ts'

// Puts the exporter and the Node that runs it into one executable file: dist/monzo-exporter, or
// dist/monzo-exporter-arm64 with `--arch arm64`.
// See https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2' // Node looks whether it is turned over
const QUIET = { stdio: 'pipe' } as const // what it says is shown if it fails

async function main(): Promise<void> {
  const given = givenArch()
  const arch = given ?? thisArch()
  const binary = resolve(binaryFor(given))
  mkdirSync('dist', { recursive: true })
  const folder = mkdtempSync(resolve('dist/.binary-'))
  try {
    const blob = await packBlob(folder, arch)
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

/**
 * What is put into Node: the exporter as one script, since that is all that Node runs from within
 * itself, and the texts of all licenses. The code is compiled ahead where this machine can do it.
 */
async function packBlob(folder: string, arch: Arch): Promise<string> {
  const file = (name: string) => join(folder, name)
  const metafile = await bundleWhole(file('main.cjs'))
  const nodeLicense = readFileSync(join(fetchNode(NODE_IN_BINARY), 'LICENSE'), 'utf8')
  writeFileSync(file('licenses'), renderLicenses({ metafile, nodeLicense }))
  const settings = {
    main: 'main.cjs', // this path becomes a part of the blob
    output: 'blob',
    disableExperimentalSEAWarning: true,
    useCodeCache: arch === thisArch(),
    assets: { licenses: 'licenses' },
  }
  writeFileSync(file('sea-config.json'), JSON.stringify(settings))
  // The very Node that is to run it: no other can use its code cache. With the seed of V8's hash
  // tables the same sources give the same bytes every time.
  const seed = '--random-seed=1'
  execFileSync(builder(), [seed, '--experimental-sea-config', 'sea-config.json'], {
    ...QUIET,
    cwd: folder,
  })
  return file(settings.output)
}

const builder = (): string => join(fetchNode(NODE_IN_BINARY), 'bin', 'node')

try {
  await main()
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 64 : 1
}
