import type { BigIntStats, Stats } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { decodeText } from '../lib/decode-text.ts'
import { errnoInWords } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { parseJson } from '../lib/json.ts'
import { withRegularFile } from './regular-file.ts'
import { fileSchema, rustSchema, type StoredLogin, versionSchema } from './schemas.ts'
import { NO_MODES, OTHERS, trustIn } from './trust.ts'

/** The text of tokens.json. The same logins give the same text, whatever the order of their fields. */
export function renderTokens(logins: readonly StoredLogin[]): string {
  const ordered = logins.map((login) => ({
    user_id: login.user_id,
    client_id: login.client_id,
    access_token: login.access_token,
    refresh_token: login.refresh_token,
    expires_at: login.expires_at,
    expires_in: login.expires_in,
    authorized_at: login.authorized_at,
  }))
  return `${JSON.stringify({ version: 1, logins: ordered }, null, 2)}\n`
}

/** How long that text is, for whoever needs no more of it. */
export const tokensBytes = (logins: readonly StoredLogin[]): number =>
  Buffer.byteLength(renderTokens(logins))

/**
 * Parses our file or the Rust exporter's. Errors never quote the text, since it holds tokens.
 * @throws {AppError} TOKENS_DAMAGED, saying whether it is empty, cut off, foreign or too new.
 */
export function parseTokens(text: string, path: string): readonly StoredLogin[] {
  const json = parseJson(text)
  const rust = rustSchema.safeParse(json)
  if (rust.success) return [rust.data]
  const file = fileSchema.safeParse(json)
  if (file.success) return file.data.logins
  const version = versionSchema.safeParse(json).data?.version
  if (version !== undefined && version > 1) throw tooNew(path, version)
  if (text.trim() === '') throw damaged(`${path} is damaged: it is empty`)
  if (json === undefined) throw damaged(`${path} is damaged: it is not JSON, or not all of it`)
  if (version === undefined)
    throw damaged(`${path} is damaged, or not a tokens file of this program`)
  const where = file.error.issues[0]?.path.join('.') || 'version' // only key names, no values
  throw damaged(`${path} is damaged at ${where}`)
}

const damaged = (message: string) =>
  new AppError('TOKENS_DAMAGED', message, {
    hint: 'Move it away and authorize again; an older copy holds tokens that are used up.',
  })

const tooNew = (path: string, version: number) =>
  new AppError(
    'TOKENS_DAMAGED',
    `${path} was written by a newer version of this program (its version is ${version}, we know 1)`,
    { hint: 'Run that version again, or move the file away and authorize again.' },
  )

/**
 * The file's text.
 * @returns `undefined` when there is none.
 * @throws {AppError} TOKENS_UNREADABLE when the system doesn't let us read it; TOKENS_DAMAGED when
 *   somebody else may have put it there.
 */
async function readTokens(path: string): Promise<string | undefined> {
  try {
    const target = await realTokensPath(path)
    return await withRegularFile(target, false, async (file, stats) => {
      await refuseForeign(target, stats)
      return decodeText(await file.readFile())
    })
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined
    throw cause instanceof AppError ? cause : unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): AppError {
  const isNoFile = isErrno(cause, 'EISDIR') || isErrno(cause, 'ENXIO')
  const mend = isNoFile ? 'Move it away' : 'Let this program read it'
  const hint = `${mend}, or name another file with tokens_file.`
  const message = `${path} can't be read: ${errnoInWords(cause)}`
  return new AppError('TOKENS_UNREADABLE', message, { hint, cause })
}

/** @throws {AppError} TOKENS_DAMAGED when somebody else may have put it there. */
async function refuseForeign(path: string, stats: Pick<Stats, 'uid'>): Promise<void> {
  const trust = await trustIn(path)
  if (trust.isOurs(stats)) return
  const { ownUid, strangerUid, warning } = trust
  const change = `If it is yours, make it so: chown -h ${ownUid} ${path}; else remove it. ${warning?.todo}`
  throw new AppError(
    'TOKENS_DAMAGED',
    `${path} is not used, since it belongs to another user (uid ${stats.uid}), and others may write to its folder`,
    { hint: strangerUid === stats.uid ? `Run this as that user. ${change}` : change },
  )
}

/**
 * @returns `undefined` when there is no file yet.
 * @throws {AppError} TOKENS_DAMAGED: never overwritten, never taken for "not logged in".
 *   TOKENS_UNREADABLE when the system doesn't let us read it.
 */
export async function loadLogins(path: string): Promise<readonly StoredLogin[] | undefined> {
  const text = await readTokens(path)
  return text === undefined ? undefined : parseTokens(text, path)
}

/**
 * The file's real path: saving must not replace a symbolic link with a file.
 * @throws {AppError} TOKENS_DAMAGED when somebody else may have put that link there.
 */
export async function realTokensPath(path: string): Promise<string> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats?.isSymbolicLink()) await refuseForeign(path, stats)
  return realpath(path).catch(async () => {
    const folder = dirname(path)
    return join(await realpath(folder).catch(() => folder), basename(path))
  })
}

/** Changes when the file is replaced or written to. */
export const signatureOf = ({ ino, mtimeNs, size }: BigIntStats): string =>
  `${ino} ${mtimeNs} ${size}`

/**
 * Takes a file that others may read away from them.
 * @returns a sentence about that, if they could.
 */
export async function makePrivate(path: string): Promise<string | undefined> {
  const target = await realTokensPath(path)
  return withRegularFile(target, false, async (file, { mode, nlink }) => {
    if ((mode & OTHERS) === 0) return undefined
    // Under its other name, a file with two may be something else.
    const isDone = nlink === 1 && (await succeeds(file.chmod(0o600))) // only its owner may
    const isPrivate = ((await file.stat()).mode & OTHERS) === 0
    const before = (mode & 0o777).toString(8).padStart(4, '0')
    if (isPrivate)
      return `Other users of this machine could read ${path}, and use its tokens (its mode was ${before}, and is 0600 now).`
    const todo = isDone ? `. ${NO_MODES}` : `: chmod 600 ${path}`
    return `Other users of this machine may read ${path}, and use its tokens${todo}`
  }).catch(() => undefined)
}

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )
