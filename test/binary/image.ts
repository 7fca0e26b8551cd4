import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { type Program, startProgram } from '../e2e/program.ts'
import { BINARY } from './executables.ts'

export const DOCKERFILE = 'deploy/docker/Dockerfile'
const FROM_BUILD = 'COPY --from=build /root-of-image /'

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
 * Builds the last stage of the Dockerfile around the binary that is there: the first stage would
 * fetch its base image. Everything is gone after the test.
 * @param buildah where the program is.
 */
export async function buildTwin(t: TestContext, buildah: string) {
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

  const root = join(folder, 'context', 'root')
  await mkdir(root, { recursive: true })
  execFileSync(resolve('deploy/docker/fill-root'), [BINARY, root])
  const [, lastStage = ''] = readFileSync(DOCKERFILE, 'utf8').split(/^(?=FROM scratch$)/m)
  assert.ok(lastStage.includes(FROM_BUILD))
  await writeFile(join(folder, 'Dockerfile'), lastStage.replace(FROM_BUILD, 'COPY root /'))
  const how = ['--isolation', 'chroot', '--format', 'docker', '--build-arg', 'REVISION=abc']
  ask('bud', ...how, '--file', join(folder, 'Dockerfile'), '--tag', 'twin', join(folder, 'context'))
  const image: { Docker: { config: ImageConfig } } = JSON.parse(
    ask('inspect', '--type', 'image', 'twin'),
  )

  const container = ask('from', 'twin')
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
  return { config: image.Docker.config, version, run, root }
}

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
