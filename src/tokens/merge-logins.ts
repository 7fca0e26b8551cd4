import type { StoredLogin } from './schemas.ts'

/** A login in memory. */
export interface HeldLogin {
  readonly stored?: StoredLogin | undefined
  /** Only a person can get other tokens for it. */
  readonly isOver: boolean
}

/** The outcome of merging the logins in memory with a file that somebody else has changed. */
export interface Merge<T> {
  /** Logins that stay, with new tokens if the file has newer ones. Any other login is removed. */
  readonly kept: readonly { readonly login: T; readonly renewed?: StoredLogin }[]
  readonly added: readonly StoredLogin[]
}

/**
 * Three-way: a person, or another instance, changed `base` to `theirs` while we changed it to
 * `ours`. Their version wins, unless it is an older state of a login that works in memory.
 * @param base what the file held when we last read or wrote it.
 */
export function mergeLogins<T extends HeldLogin>(
  base: readonly StoredLogin[],
  theirs: readonly StoredLogin[],
  ours: readonly T[],
): Merge<T> {
  const claimed = new Set<StoredLogin>()
  const kept: { login: T; renewed?: StoredLogin }[] = []
  for (const login of ours) {
    const { stored } = login
    const match = stored && theirs.find((other) => !claimed.has(other) && isSame(other, stored))
    if (match) {
      claimed.add(match)
      const isUnchanged = base.some((old) => hasSameTokens(old, match))
      const isOurs = hasSameTokens(match, stored) || isUnchanged || isOlder(match, login)
      kept.push(isOurs ? { login } : { login, renewed: match })
    } else if (!stored || !base.some((old) => isSame(old, stored))) kept.push({ login })
  }
  const isLeft = (login: StoredLogin) =>
    !claimed.has(login) && !base.some((old) => hasSameTokens(old, login))
  return { kept, added: theirs.filter(isLeft) }
}

const hasSameTokens = (a: StoredLogin, b: StoredLogin): boolean =>
  a.refresh_token === b.refresh_token && a.access_token === b.access_token

const isSame = (a: StoredLogin, b: StoredLogin): boolean =>
  a.refresh_token === b.refresh_token || (a.user_id !== undefined && a.user_id === b.user_id)

/** An earlier copy of a login that works: its one-time token is used up. */
function isOlder(theirs: StoredLogin, { stored, isOver }: HeldLogin): boolean {
  if (isOver || !stored || theirs.authorized_at === undefined) return false
  return (
    theirs.authorized_at === stored.authorized_at &&
    Date.parse(theirs.expires_at) < Date.parse(stored.expires_at)
  )
}
