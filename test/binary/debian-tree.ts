import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { skip } from '../chaos/mounts.ts'
import { eventually } from '../e2e/harness.ts'
import { findProgram } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'

/** What a command printed on both streams, and how it ended. */
export interface Said {
  readonly status: number | null
  readonly text: string
}

/** A Debian of its own in a folder, in which packages are installed and systemd runs. */
export interface DebianTree {
  readonly root: string
  /** Runs a command in it, in the running system if it is booted. */
  run(...command: readonly string[]): Said
  /** @returns what the command printed. @throws {Error} unless it exits with 0. */
  ask(...command: readonly string[]): string
  /** Starts systemd in it. The network is this machine's, for loopback. */
  boot(): Promise<void>
}

type Release = 'bookworm' | 'trixie'

const MINIMAL = ['--variant=minbase', '--merged-usr'] // the latter is what an installed Debian is

/**
 * Makes what {@link copyDebian} wants copies of.
 * @returns its folder; `undefined` after skipping the test, where this machine can't do it.
 */
export async function createDebian(t: TestContext, release: Release): Promise<string | undefined> {
  const debootstrap = findProgram(t, 'debootstrap', 'debootstrap')
  if (!debootstrap || !findProgram(t, 'systemd-nspawn', 'systemd-container')) return undefined
  if (process.getuid?.() !== 0) {
    skip(t, 'to install packages needs root')
    return undefined
  }
  const root = await createFolder(t)
  const packages = '--include=systemd,systemd-sysv,dbus,libstdc++6,ca-certificates'
  execFileSync(debootstrap, [...MINIMAL, packages, release, root, mirror()], { stdio: 'pipe' })
  await chmod(root, 0o755) // it is the `/` of every user in there
  return root
}

/**
 * A copy of a Debian, which is gone after the test.
 * @param debian as {@link createDebian} makes it.
 */
export async function copyDebian(t: TestContext, debian: string): Promise<DebianTree> {
  const root = await mkdtemp(join(tmpdir(), 'monzo-exporter-debian-'))
  let leader: number | undefined
  t.after(async () => {
    if (leader !== undefined) process.kill(leader, 'SIGKILL') // the first process takes all others along
    await eventually(() => rm(root, { recursive: true, force: true }))
  })
  execFileSync('cp', ['--archive', '--reflink=auto', `${debian}/.`, root])

  const run = (...command: readonly string[]): Said => {
    const enter =
      leader === undefined
        ? ['chroot', root]
        : ['nsenter', '--target', String(leader), '--all', '--root', '--wd', '--']
    const [program = '', ...rest] = [...enter, ...command]
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' }
    const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', env })
    return { status, text: stdout + stderr }
  }
  const ask = (...command: readonly string[]): string => {
    const { status, text } = run(...command)
    if (status !== 0) throw new Error(`${command.join(' ')}: ${status}\n${text}`)
    return text
  }
  return {
    root,
    run,
    ask,
    async boot() {
      const how = ['--boot', '--register=no', '--keep-unit', '--console=pipe', '--quiet']
      const child = spawn('systemd-nspawn', ['--directory', root, ...how], { stdio: 'ignore' })
      t.after(() => child.kill('SIGKILL'))
      await eventually(() => {
        const path = `/proc/${child.pid}/task/${child.pid}/children`
        leader = Number(readFileSync(path, 'utf8').trim().split(' ')[0]) || undefined
        if (leader === undefined || !isUp(run('systemctl', 'is-system-running')))
          throw new Error('systemd is not up yet')
      })
    },
  }
}

const isUp = ({ text }: Said): boolean => /^(?:running|degraded)\n/.test(text)

/**
 * Unpacks the essential packages of a Debian, for any machine, and sets none of them up: enough for
 * programs that need its libraries and tools.
 */
export function unpackDebian(root: string, release: Release, arch: string): void {
  const packages = ['--include=libstdc++6', `--arch=${arch}`, '--foreign']
  const args = [...MINIMAL, ...packages, release, root, mirror()]
  execFileSync('debootstrap', args, { stdio: 'pipe' })
  // Of those that it would set up with these next.
  for (const name of ['debootstrap', 'var/cache/apt/archives', 'proc'])
    rmSync(join(root, name), { recursive: true, force: true })
  mkdirSync(join(root, 'proc')) // it was a link to the one of this machine
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true })
  for (const name of ['passwd', 'group'])
    copyFileSync(join(root, `usr/share/base-passwd/${name}.master`), join(root, 'etc', name))
}

/** Where this machine's own Debian packages come from. */
function mirror(): string {
  const format = ['--format', '$(SITE)', 'Created-By: Packages', 'Component: main']
  const sites = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).split(
    '\n',
  )
  const site = sites.find((candidate) => !candidate.includes('security'))
  if (!site) throw new Error('apt knows no mirror')
  return site
}
