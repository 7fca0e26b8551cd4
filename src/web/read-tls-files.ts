import { readFile } from 'node:fs/promises'
import { errnoInWords } from '../lib/errno.ts'
import { AppError } from '../lib/errors.ts'

export interface TlsSettings {
  readonly tls_cert_file?: string | undefined
  readonly tls_key_file?: string | undefined
}

/**
 * The certificate and its key, as PEM.
 * @returns `undefined` unless both are set.
 * @throws {AppError} CONFIG_INVALID naming the file that can't be read.
 */
export async function readTlsFiles({
  tls_cert_file,
  tls_key_file,
}: TlsSettings): Promise<{ cert: string; key: string } | undefined> {
  if (tls_cert_file === undefined || tls_key_file === undefined) return undefined
  return { cert: await read(tls_cert_file), key: await read(tls_key_file) }
}

const read = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('CONFIG_INVALID', `${path} can't be read: ${errnoInWords(cause)}`, {
      hint: 'Let this program read it, or name another file with tls_cert_file and tls_key_file.',
      cause,
    })
  })
