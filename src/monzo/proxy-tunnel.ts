import { request as requestHttp } from 'node:http'
import { Agent, type AgentOptions, request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { connect } from 'node:tls'
import { errnoOf } from '../lib/errno.ts'
import { AppError } from '../lib/errors.ts'
import { bracketed } from '../lib/url.ts'
import { type HttpProxy, nameOfProxy } from './proxies.ts'

const SILENT_MS = 10_000 // as for any call
const EXEMPT = 'exempt Monzo with NO_PROXY=monzo.com'

/** An agent whose HTTPS connections go through a tunnel that the proxy opens (CONNECT). */
export function createTunnelAgent(proxy: HttpProxy, options: AgentOptions): Agent {
  return Object.assign(new Agent(options), {
    createConnection(
      target: { readonly host: string; readonly port: number },
      done: (error: unknown, socket?: Socket) => void,
    ) {
      openTunnel(proxy, target).then(
        (socket) => done(null, connect({ ...target, socket })),
        (error) => done(error),
      )
    },
  })
}

/** @throws {AppError} PROXY_FAILED. Nothing was sent to the host then. */
function openTunnel(
  proxy: HttpProxy,
  { host, port }: { host: string; port: number },
): Promise<Socket> {
  const send = proxy.url.protocol === 'https:' ? requestHttps : requestHttp
  const authority = `${bracketed(host)}:${port}`
  return new Promise((resolve, reject) => {
    const call = send(proxy.url, {
      method: 'CONNECT',
      path: authority,
      headers: { ...proxy.headers, host: authority },
      agent: false,
      timeout: SILENT_MS,
    })
    const fail = (error: unknown) => reject(unreachable(proxy, error))
    const giveUp = () => call.destroy(new Error('no reply'))
    call.on('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy()
        return reject(refused(proxy, statusCode, host))
      }
      call.off('timeout', giveUp)
      socket.unshift(head)
      resolve(socket)
    })
    call.on('timeout', giveUp)
    call.on('error', fail)
    call.on('close', () => fail(new Error('no reply'))) // as on a 101
    call.end()
  })
}

function refused(proxy: HttpProxy, status: number, host: string): AppError {
  const how =
    status === 407
      ? `Put its user and password into ${proxy.variable} (http://user:password@${proxy.url.host})`
      : 'Ask whoever runs it to allow that host'
  return new AppError(
    'PROXY_FAILED',
    `${nameOfProxy(proxy)} refuses to connect to ${host} (${status})`,
    { hint: `${how}, or ${EXEMPT}.` },
  )
}

const unreachable = (proxy: HttpProxy, cause: unknown): AppError =>
  new AppError(
    'PROXY_FAILED',
    `${nameOfProxy(proxy)} does not answer (${errnoOf(cause) ?? 'no reply'})`,
    { hint: `Correct ${proxy.variable}, or ${EXEMPT}.`, cause },
  )
