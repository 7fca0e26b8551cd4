import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { loadConfig } from '../config/load.ts'
import { AppError } from '../lib/errors.ts'
import { createHttpFetch } from '../monzo/http-fetch.ts'
import { createOAuth } from '../monzo/oauth.ts'
import { readProxies } from '../monzo/proxies.ts'
import { createWebhookUrls } from '../notices/webhook-urls.ts'
import { recoverLogins } from '../tokens/leftovers.ts'
import { proveWritable } from '../tokens/proof-of-room.ts'
import type { StoredLogin } from '../tokens/schemas.ts'
import { loadLogins, tokensBytes } from '../tokens/token-file.ts'
import { saveLogins } from '../tokens/token-save.ts'
import { takeTokensLock } from '../tokens/tokens-lock.ts'
import { hintOf } from './command-hint.ts'
import { type CommandContext, type Flags, say } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { lockedWhileItRuns } from './locked-while-it-runs.ts'
import { endAtMonzo } from './logout-at-monzo.ts'

/**
 * Ends logins at Monzo, then removes them from the file; a login that could not be ended is kept.
 * @throws {AppError} TOKENS_LOCKED while an exporter runs, since it would keep using these logins.
 */
export async function logout(
  context: CommandContext,
  { user, ...flags }: Flags,
): Promise<ExitCode> {
  const { env, cwd, pid, clock, stderr } = context
  const { config } = loadConfig({ flags, env, cwd })
  const path = config.tokens_file
  if (config.access_tokens.length > 0) {
    say(stderr, 'error: With access_tokens nobody is logged in here.')
    say(stderr, "hint: Tokens of Monzo's playground end by themselves after about six hours.")
    return EXIT.no
  }
  const id = randomBytes(16).toString('hex')
  const onWait = (sentence: string) => say(stderr, sentence)
  const ours = { path, clock, pid, host: hostname(), id, onChange: () => {}, onWait }
  const lock = await takeTokensLock(ours).catch((error: unknown) => {
    throw lockedWhileItRuns(error, 'log out')
  })
  try {
    const file = (await loadLogins(path)) ?? []
    const logins = (await recoverLogins(path)) ?? file
    const leaving = logins.filter(({ user_id }) => user === undefined || user_id === user)
    if (leaving.length === 0) return nobody(context, path, user)
    await proveWritable(path, tokensBytes(logins)) // don't end a login that can't be removed from the file
    const fetch = createHttpFetch(readProxies(env))
    const deps = {
      apiUrl: config.monzo_api_url,
      fetch,
      clock,
      urls: createWebhookUrls(config.redirect_uri, config.client_secret ?? ''),
      oauth: createOAuth({
        clientId: config.client_id ?? '',
        clientSecret: config.client_secret ?? '',
        authUrl: config.monzo_auth_url,
        apiUrl: config.monzo_api_url,
        redirectUrl: config.redirect_uri.href, // required, but unused: no code is exchanged here
        fetch,
        clock,
        onCall: () => {},
      }),
    }
    return await endAll(context, { path, logins, leaving, deps })
  } finally {
    await lock.release()
  }
}

interface Ending {
  readonly path: string
  readonly logins: readonly StoredLogin[]
  readonly leaving: readonly StoredLogin[]
  readonly deps: Omit<Parameters<typeof endAtMonzo>[1], 'save' | 'onWebhooksLeft'>
}

async function endAll(
  context: CommandContext,
  { path, logins, leaving, deps }: Ending,
): Promise<ExitCode> {
  let kept = logins
  let code: ExitCode = EXIT.ok
  for (const login of leaving) {
    const who = login.user_id ?? 'the login whose user is not known yet'
    let current = login
    /** A used-up token must not stay in the file, even if a later step fails. */
    const save = async (renewed: StoredLogin) => {
      kept = kept.map((other) => (other === current ? renewed : other))
      current = renewed
      await saveLogins(path, kept)
    }
    let left: unknown
    const onWebhooksLeft = (error: unknown) => {
      left = error
    }
    try {
      await endAtMonzo(login, { ...deps, save, onWebhooksLeft })
      kept = kept.filter((other) => other !== current)
      await saveLogins(path, kept)
      say(context.stdout, `Logged out ${who}: at Monzo, and here.`)
      if (left !== undefined) say(context.stderr, webhooksLeft(left))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      say(context.stderr, `error: ${who} is still logged in. ${error.message}`)
      say(context.stderr, `hint: ${hintOf(error)} In the Monzo app the access can be removed, too.`)
      code = EXIT.no
    }
  }
  return code
}

const webhooksLeft = (why: unknown): string =>
  `warning: Webhooks may be left at Monzo: ${why instanceof AppError ? why.message : 'no reply in time'}`

function nobody(
  { stderr }: CommandContext,
  path: string,
  user: string | boolean | undefined,
): ExitCode {
  if (user === undefined) {
    say(stderr, `error: Nobody is logged in: ${path} has no login.`)
    say(stderr, 'hint: If a login is kept elsewhere, name its file with --tokens-file.')
  } else {
    say(stderr, `error: No user ${user} is logged in: ${path} has no such login.`)
    say(stderr, 'hint: Give the id that stands there as user_id.')
  }
  return EXIT.no
}
