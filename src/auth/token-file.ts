import { open, readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { errnoInWords } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { parseJson } from '../lib/json.ts'

const token = z.string().min(1)
const time = z.iso.datetime({ offset: true })
const loginSchema = z.strictObject({
  user_id: z.string().min(1).optional(),
  client_id: z.string().min(1).optional(),
  access_token: token,
  refresh_token: token,
  expires_at: time,
  /** Seconds. */
  expires_in: z.number().nonnegative().optional(),
  authorized_at: time.optional(),
})
/** One login as kept on disk. What the Rust exporter's file doesn't tell is absent until known. */
export type StoredLogin = z.output<typeof loginSchema>

const fileSchema = z.union([
  z.strictObject({ version: z.literal(1), logins: z.array(loginSchema) }),
  z
    .strictObject({ access_token: token, refresh_token: token, expires_at: time })
    .transform((login) => ({ logins: [login] })), // the Rust exporter's
])

const render = (logins: readonly StoredLogin[]): string =>
  `${JSON.stringify({ version: 1, logins }, null, 2)}\n`

/**
 * Replaces the file whole or not at all, mode 0600 from birth. Durable once this resolves.
 * @throws {AppError} TOKENS_UNWRITABLE, saying in words why.
 */
export async function saveLogins(path: string, logins: readonly StoredLogin[]): Promise<void> {
  try {
    await writeFileAtomic(path, render(logins), { mode: 0o600 }) // else an existing file's mode stays
    await syncDirectory(dirname(path)) // write-file-atomic syncs the file, not its name
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/**
 * Shows that the next `saveLogins` has room and permission: writes, syncs and removes a file of
 * the same size beside it. A refresh token works once: it isn't spent where its successor can't
 * be kept.
 * @throws {AppError} TOKENS_UNWRITABLE, saying in words why.
 */
export async function proveWritable(path: string, logins: readonly StoredLogin[]): Promise<void> {
  const probe = `${path}.0` // a name that removeLeftovers knows
  try {
    const file = await open(probe, 'w', 0o600)
    try {
      await file.writeFile(' '.repeat(Buffer.byteLength(render(logins))))
      await file.sync()
    } finally {
      await file.close()
      await rm(probe, { force: true })
    }
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

const unwritable = (path: string, cause: unknown) =>
  new AppError('TOKENS_UNWRITABLE', `${path} can't be written: ${errnoInWords(cause)}`, {
    hint: `Make ${dirname(path)} writable for this program; it tries again by itself.`,
    cause,
  })

/**
 * @returns `undefined` when there is no file yet.
 * @throws {AppError} TOKENS_DAMAGED: never overwritten, never taken for "not logged in".
 *   TOKENS_UNREADABLE when the system doesn't let us read it.
 */
export async function loadLogins(path: string): Promise<readonly StoredLogin[] | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (isErrno(cause, 'ENOENT')) return undefined
    throw new AppError('TOKENS_UNREADABLE', `${path} can't be read: ${errnoInWords(cause)}`, {
      hint: 'Let this program read it, or name another file with tokens_file.',
      cause,
    })
  })
  if (text === undefined) return undefined
  const file = fileSchema.safeParse(parseJson(text))
  if (file.success) return file.data.logins
  throw new AppError('TOKENS_DAMAGED', `${path} is damaged`, {
    hint: 'Move it away and authorize again; an older copy holds tokens that are used up.',
    cause: file.error, // names keys, never values
  })
}

/** Removes temporary files that a kill -9 left behind: they hold tokens. Call under the lock. */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = `${basename(path)}.`
  for (const name of await readdir(dirname(path))) {
    const isLeftover = name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
    if (isLeftover) await rm(join(dirname(path), name), { force: true })
  }
}
