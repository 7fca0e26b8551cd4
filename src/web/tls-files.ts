import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { Clock } from '../lib/clock.ts'
import { errnoInWords } from '../lib/errno.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

/** Paths of PEM files; both or neither. */
export interface TlsSettings {
  readonly tls_cert_file?: string | undefined
  readonly tls_key_file?: string | undefined
}

/** A certificate with its chain, and its private key; PEM. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/**
 * Reads the certificate and its key, and checks that they belong together.
 * @returns `undefined` unless both are set.
 * @throws {AppError} CONFIG_INVALID naming the file that can't be read, or both settings when the
 *   files can't be used; quotes neither file.
 */
export function readTlsPair(settings: TlsSettings): TlsPair | undefined {
  const pair = readPair(settings)
  if (pair) checkPair(pair)
  return pair
}

/** @returns the pair to use for a new connection; the same object until the files change. */
export type TlsSource = () => TlsPair

/**
 * Reads the pair now, and again whenever it is asked for. Two small files cost little beside a TLS
 * handshake, so renewed certificates (certbot, Kubernetes) need neither a timer nor a file watcher,
 * which would miss changes on mounts and behind symbolic links.
 * @returns a source that stays with the last good pair while the files can't be used, which includes
 *   a certificate that has expired while the old one has not; `undefined` unless both are set.
 * @throws {AppError} as `readTlsPair`, but never from the source.
 */
export function openTlsFiles(settings: TlsSettings, clock: Clock, log: Log): TlsSource | undefined {
  const first = readTlsPair(settings)
  if (!first) return undefined
  let current = first
  let lastProblem: string | undefined
  let lastWarning: string | undefined
  const warnOnce = () => {
    const warning = certificateWarning(current, clock.now())
    if (warning !== undefined && warning !== lastWarning) log.warn({}, warning)
    lastWarning = warning
  }
  warnOnce()
  return () => {
    try {
      const pair = readPair(settings) ?? current
      if (pair.cert !== current.cert || pair.key !== current.key) {
        checkPair(pair)
        const warning = certificateWarning(pair, clock.now())
        if (warning && !certificateWarning(current, clock.now())) throw notValid(warning)
        current = pair
        log.info({}, `Serving the renewed certificate of ${settings.tls_cert_file}.`)
      }
      lastProblem = undefined
    } catch (error) {
      if (lastProblem !== String(error))
        log.warn({ err: error }, 'The renewed certificate is not used; the old one stays.')
      lastProblem = String(error)
    }
    warnOnce()
    return current
  }
}

/** What to say of a certificate that no client will accept now; `undefined` when there is nothing. */
export function certificateWarning({ cert }: TlsPair, nowMs: number): string | undefined {
  const { validFrom, validTo } = new X509Certificate(cert)
  if (Date.parse(validTo) <= nowMs)
    return `The certificate of tls_cert_file expired at ${isoOf(validTo)}: browsers and Prometheus refuse it until it is renewed.`
  if (Date.parse(validFrom) > nowMs)
    return `The certificate of tls_cert_file is not valid before ${isoOf(validFrom)}: until then browsers and Prometheus refuse it, unless this machine's clock is wrong.`
  return undefined
}

const isoOf = (date: string): string => new Date(date).toISOString()

const notValid = (warning: string) =>
  new AppError('CONFIG_INVALID', warning, { hint: 'Put a certificate there that is valid now.' })

function readPair({ tls_cert_file, tls_key_file }: TlsSettings): TlsPair | undefined {
  if (tls_cert_file === undefined || tls_key_file === undefined) return undefined
  return { cert: read(tls_cert_file), key: read(tls_key_file) }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

const unreadable = (path: string, cause: unknown) =>
  new AppError('CONFIG_INVALID', `${path} can't be read: ${errnoInWords(cause)}`, {
    hint: 'Let this program read it, or name another file with tls_cert_file and tls_key_file.',
    cause,
  })

function checkPair({ cert, key }: TlsPair): void {
  try {
    createSecureContext({ cert, key })
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return
  } catch {
    // Told below without OpenSSL's error, which helps nobody and may quote what it could not parse.
  }
  throw new AppError('CONFIG_INVALID', 'tls_cert_file and tls_key_file cannot be used', {
    hint: 'They must be a PEM certificate, with its chain, and the private key that belongs to it.',
  })
}
