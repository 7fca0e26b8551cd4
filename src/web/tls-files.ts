import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { readTlsFiles, type TlsSettings } from './read-tls-files.ts'

/** A certificate with its chain, and its private key; PEM. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/** What the two files hold, and will hold. */
export interface TlsFiles extends TlsPair {
  /**
   * Hands on each renewed pair until `signal` aborts, to any number of listeners. A pair that can't
   * be used is not handed on.
   */
  watch(use: (renewed: TlsPair) => void, signal: AbortSignal): void
}

export interface TlsFilesDeps {
  readonly clock: Clock
  readonly log: Log
}

// Read, not watched: mounts and symbolic links (certbot, Kubernetes) change without an event.
const LOOK_EVERY_MS = 60_000
const HINT =
  'They must be a PEM certificate, with its chain, and the private key that belongs to it.'

/**
 * @returns `undefined` unless both are set.
 * @throws {AppError} CONFIG_INVALID for files that can't be read, or that don't belong together.
 */
export async function openTlsFiles(
  settings: TlsSettings,
  { clock, log }: TlsFilesDeps,
): Promise<TlsFiles | undefined> {
  const first = await readPair(settings)
  if (!first) return undefined
  const users = new Set<(renewed: TlsPair) => void>()
  let unused = new AbortController()
  const look = async (signal: AbortSignal): Promise<void> => {
    let current = first
    let trouble: string | undefined
    while (await slept(clock, signal)) {
      try {
        const pair = await readPair(settings)
        trouble = undefined
        if (!pair || (pair.cert === current.cert && pair.key === current.key)) continue
        for (const use of users) use(pair)
        current = pair
        log.info({}, `Serving the renewed certificate of ${settings.tls_cert_file}.`)
      } catch (error) {
        if (trouble !== String(error))
          log.warn({ err: error }, 'The renewed certificate is not used; the old one stays.')
        trouble = String(error)
      }
    }
  }
  return {
    ...first,
    watch(use, signal) {
      users.add(use)
      if (users.size === 1) {
        unused = new AbortController()
        void look(unused.signal)
      }
      const leave = () => {
        users.delete(use)
        if (users.size === 0) unused.abort(new Error('nobody serves it any more'))
      }
      signal.addEventListener('abort', leave, { once: true })
    },
  }
}

/**
 * That a server can be made of them: what OpenSSL says otherwise is no help to a person.
 * @throws {AppError} CONFIG_INVALID; quotes neither.
 */
export function checkTlsPair({ cert, key }: TlsPair): void {
  try {
    createSecureContext({ cert, key })
    const isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    if (isPair) return
  } catch {
    // told below: an error of OpenSSL may quote what it could not read
  }
  throw new AppError('CONFIG_INVALID', 'tls_cert_file and tls_key_file cannot be used', {
    hint: HINT,
  })
}

async function readPair(settings: TlsSettings): Promise<TlsPair | undefined> {
  const pair = await readTlsFiles(settings)
  if (pair) checkTlsPair(pair)
  return pair
}

async function slept(clock: Clock, signal: AbortSignal): Promise<boolean> {
  await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
  return !signal.aborted
}
