import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Arch, fetchNode, NODE_IN_BINARY } from '../../scripts/fetch-node.ts'
import { DEBIAN_ARCH } from '../../scripts/given-arch.ts'
import { type Program, startProgram } from '../e2e/program.ts'
import { unpackDebian } from './debian-tree.ts'

export const DOCKERFILE = 'deploy/docker/Dockerfile'
const CERTIFICATES = 'etc/ssl/certs/ca-certificates.crt'

/** What an image says of how to run it. */
export interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly WorkingDir: string
  readonly Entrypoint: readonly string[]
  readonly Healthcheck: { readonly Test: readonly string[] }
  readonly Volumes: Readonly<Record<string, object>>
  readonly ExposedPorts: Readonly<Record<string, object>>
  readonly Labels: Readonly<Record<string, string>>
}

/**
 * Builds the image as the Dockerfile says, but for its base image, which no registry is asked for.
 * Everything is gone after the test.
 * @param buildah where the program is.
 */
export async function buildImage(t: TestContext, buildah: string, arch: Arch) {
  const folder = await mkdtemp(join(tmpdir(), 'monzo-exporter-image-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const stores = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')]
  const storage = ['--storage-driver', 'vfs', ...stores]
  const { PATH = '' } = process.env
  const surroundings = { PATH, TMPDIR: folder }
  const ask = (...args: readonly string[]) => {
    const options = { encoding: 'utf8', stdio: 'pipe', env: surroundings } as const
    return execFileSync(buildah, [...storage, ...args], options).trim()
  }

  const base = ask('from', 'scratch')
  const tree = join(folder, 'base')
  const env = fillBase(tree, arch)
  ask('copy', '--quiet', base, tree, '/')
  ask('config', '--arch', DEBIAN_ARCH[arch], ...env.flatMap((one) => ['--env', one]), base)
  ask('commit', '--quiet', '--rm', base, 'base')
  await rm(tree, { recursive: true })

  const [, wanted] = /^FROM (\S+) AS build$/m.exec(readFileSync(DOCKERFILE, 'utf8')) ?? []
  const how = ['--isolation', 'chroot', '--format', 'docker', '--arch', DEBIAN_ARCH[arch]]
  const instead = ['--build-context', `${wanted}=docker-image://localhost/base`]
  const cache = ['--volume', `${npm('config', 'get', 'cache')}:/root/.npm`]
  const args = [...how, ...instead, ...cache, '--build-arg', 'REVISION=abc', '--file', DOCKERFILE]
  ask('bud', ...args, '--tag', 'exporter', '.')
  const image: { Docker: { architecture: string; config: ImageConfig } } = JSON.parse(
    ask('inspect', '--type', 'image', 'exporter'),
  )
  assert.equal(image.Docker.architecture, DEBIAN_ARCH[arch])

  const container = ask('from', 'exporter')
  // The first run makes the folders that each run mounts things on; after it the root can be
  // read-only, but for a note that buildah leaves itself in /run, where only root can write.
  const version = ask(
    'run',
    '--isolation',
    'chroot',
    container,
    '--',
    'monzo-exporter',
    '--version',
  )
  const rootOfContainer = ask('mount', container)

  /** Runs a command in it as `docker run --read-only --volume <tokens>:…` would. */
  const run = (
    command: readonly string[],
    options: { readonly tokens: string; readonly env: Readonly<Record<string, string>> },
  ): Program => {
    const env = Object.entries(options.env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    const volume = ['--volume', `${options.tokens}:/var/lib/monzo-exporter`]
    const args = ['run', '--isolation', 'chroot', ...env, ...volume, container, '--', ...command]
    const mounts = [
      '--bind "$0" "$0"',
      '-o remount,bind,ro "$0"',
      '-t tmpfs -o mode=755 none "$0/run"',
    ]
    const script = [...mounts.map((mount) => `mount ${mount}`), 'exec "$@"'].join('; ')
    const shell = ['sh', '-ec', script, rootOfContainer, buildah, ...storage, ...args]
    // In processes of its own, of which none survives the first one.
    const alone = ['--mount', '--pid', '--mount-proc', '--fork', '--kill-child']
    return startProgram(t, 'unshare', [...alone, ...shell], { env: surroundings })
  }
  return { config: image.Docker.config, version, run }
}

/**
 * Fills a folder with what the Dockerfile wants of its base image: a Debian with Node and npm.
 * @returns its environment.
 */
function fillBase(tree: string, arch: Arch): readonly string[] {
  unpackDebian(tree, 'bookworm', DEBIAN_ARCH[arch])
  const local = join(tree, 'usr/local')
  mkdirSync(join(local, 'bin'), { recursive: true })
  copyFileSync(join(fetchNode(NODE_IN_BINARY, arch), 'bin/node'), join(local, 'bin/node'))
  const module = 'lib/node_modules/npm'
  cpSync(join(npm('prefix', '--global'), module), join(local, module), { recursive: true })
  symlinkSync(`../${module}/bin/npm-cli.js`, join(local, 'bin/npm'))
  const env = [
    'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `npm_config_registry=${npm('config', 'get', 'registry')}`,
  ]
  const { NODE_EXTRA_CA_CERTS } = process.env
  if (!NODE_EXTRA_CA_CERTS) return env
  copyFileSync(NODE_EXTRA_CA_CERTS, join(tree, CERTIFICATES))
  return [...env, `NODE_EXTRA_CA_CERTS=/${CERTIFICATES}`]
}

const npm = (...args: readonly string[]): string =>
  execFileSync('npm', args, { encoding: 'utf8' }).trim()

/** The pid of the exporter itself, which the programs around it don't hand signals on to. */
export async function pidIn({ child }: Program): Promise<number> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const parents = await Promise.all(
    names.map(async (name) => {
      const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '') // gone
      return [Number(name), Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1])] as const
    }),
  )
  let pid = Number(child.pid)
  for (;;) {
    const next = parents.find(([, parent]) => parent === pid)
    if (!next) return pid
    pid = next[0]
  }
}
