import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from '../e2e/harness.ts'
import { findProgram, startProgram } from '../e2e/program.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'

/** A real SSH server on loopback, which this user gets into with a key. */
export interface SshServer {
  readonly port: number
  readonly user: string
  /** What a person would have in ~/.ssh, as options of `ssh`. */
  readonly options: readonly string[]
}

/** @returns `undefined` after skipping the test, where it is not installed. */
export async function startSshServer(t: TestContext): Promise<SshServer | undefined> {
  const sshd = findProgram(t, 'sshd', 'openssh-server')
  if (!sshd || !findProgram(t, 'ssh', 'openssh-client')) return undefined
  const folder = await createFolder(t)
  const port = await freePort()
  const file = (name: string) => join(folder, name)
  for (const name of ['host', 'person'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)])
  copyFileSync(file('person.pub'), file('authorized'))
  chmodSync(folder, 0o700)
  const settings = {
    ...{ ListenAddress: '127.0.0.1', Port: port, PidFile: 'none', UsePAM: 'no' },
    ...{ HostKey: file('host'), AuthorizedKeysFile: file('authorized'), StrictModes: 'no' },
    ...{ PermitRootLogin: 'prohibit-password', PasswordAuthentication: 'no' },
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key} ${value}\n`)
  await writeFile(file('config'), lines.join(''))
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true }) // as its service does
  const server = startProgram(t, sshd, ['-D', '-e', '-f', file('config')])
  await eventually(() => {
    if (!/listening/i.test(server.stderr())) throw new Error(`sshd is not up: ${server.stderr()}`)
  })
  const known = `UserKnownHostsFile=${file('known_hosts')}`
  const options = ['-F', 'none', '-i', file('person'), '-o', known]
  return {
    port,
    user: userInfo().username,
    options: [...options, '-o', 'StrictHostKeyChecking=accept-new', '-o', 'BatchMode=yes'],
  }
}
