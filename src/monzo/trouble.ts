import { errnoOf } from '../lib/errno.ts'
import { AppError } from '../lib/errors.ts'
import { type HttpProxy, nameOfProxy } from './proxies.ts'

const IN_BETWEEN =
  "Something between this machine and Monzo (a firewall, a proxy, a network's login page) answered instead"

/** Monzo has trouble that passes. */
export const unavailable = (message: string, cause?: unknown): AppError =>
  new AppError('MONZO_UNAVAILABLE', message, { hint: 'Nothing to do: it is tried again.', cause })

/** No complete reply arrived. */
export function noReply(
  message: string,
  { cause, proxy }: { readonly cause: unknown; readonly proxy: HttpProxy | undefined },
): AppError {
  const code = errnoOf(cause) ?? ''
  const why = /^[A-Z][A-Z0-9_]+$/.test(code) ? ` (${code})` : '' // a timeout's code is a number
  if (!proxy) return unavailable(`${message}${why}`, cause)
  return new AppError('MONZO_UNAVAILABLE', `${message} through ${nameOfProxy(proxy)}${why}`, {
    hint: 'Look at that proxy if it does not pass.',
    cause,
  })
}

/** A reply without Monzo's JSON: it means nothing, whatever its status. */
export const intercepted = (message: string): AppError =>
  new AppError('MONZO_INTERCEPTED', `${message}, but not from Monzo`, {
    hint: `${IN_BETWEEN}. Look there if it does not pass.`,
  })
