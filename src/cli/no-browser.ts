import { hostname, platform, userInfo } from 'node:os'
import { bracketed, isLoopback, reachableHost } from '../lib/url.ts'
import type { CommandContext } from './context.ts'

/** A port that a browser on another machine has to reach, under the same number there. */
export interface ForwardedPort {
  /** Where the browser looks for it. */
  readonly url: URL
  /** Where it is here. */
  readonly listener: { readonly host?: string | undefined; readonly port: number }
}

/**
 * The command that a person types on the machine that has a browser, for links that lead to a
 * loopback address here.
 * @returns `undefined` on a desktop, for links that can be opened elsewhere anyway, and where the port
 *   is left to the system.
 */
export function forwardingCommand(
  { env }: Pick<CommandContext, 'env'>,
  ports: readonly ForwardedPort[],
): string | undefined {
  const isNeeded = ports.every(({ url, listener }) => isLoopback(url.hostname) && listener.port > 0)
  if (!isNeeded || hasBrowser(env)) return undefined
  const forwards = ports.map(({ url, listener: { host, port } }) => {
    const local = url.port || (url.protocol === 'https:' ? '443' : '80')
    return `-L ${local}:${bracketed(reachableHost(host))}:${port}`
  })
  // A container listens at every address, and nobody can connect to it by the name that it has itself.
  const isOwnName = ports.every(({ listener }) => isLoopback(listener.host))
  return `ssh ${forwards.join(' ')} ${wayHere(env) ?? (isOwnName ? hostname() : 'HOST')}`
}

type Env = CommandContext['env']

/** Windows and macOS say nothing in the environment, and have a screen unless somebody came by SSH. */
const hasBrowser = (env: Env): boolean => {
  if (env['SSH_CONNECTION']) return false
  return platform() !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** The address, port and user by which a person came here by SSH. */
function wayHere(env: Env): string | undefined {
  const [, , address, port = '22'] = (env['SSH_CONNECTION'] ?? '').split(' ')
  if (!address) return undefined
  const user = env['USER'] || env['LOGNAME'] || userName()
  return `${port === '22' ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${address}`
}

function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined // a user id without an entry in /etc/passwd
  }
}
