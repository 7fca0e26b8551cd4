import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { z } from 'zod'
import { systemClock } from '../../src/lib/clock.ts'
import { SANDBOX_CLIENT, type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { loadLogins, parseTokens } from '../../src/tokens/token-file.ts'
import { saveLogins } from '../../src/tokens/token-save.ts'
import { createFolder } from '../fakes/world.ts'
import { bundle } from './bundle.ts'
import { startNode } from './child.ts'
import type { KeeperOptions } from './keeper.ts'
import { createWire } from './wire.ts'

const replySchema = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  user_id: z.string(),
  expires_in: z.number(),
})
const REDIRECT_URL = 'http://127.0.0.1/callback'

/** What became of the logins. */
export interface Tally {
  kills: number
  refreshes: number
  /** The file held the newest tokens. */
  newestInFile: number
  /** They were on disk, but not yet in place; the next start found them. */
  recovered: number
  /** The reply had not reached the disk: nobody can do anything about that. */
  replyInFlight: number
  /** What must never happen, in words. */
  readonly violations: string[]
}

export const createTally = (): Tally => ({
  ...{ kills: 0, refreshes: 0, newestInFile: 0, recovered: 0, replyInFlight: 0 },
  violations: [],
})

/** One person's login, kept by programs that are killed. */
export async function createPatient(t: TestContext, email: string) {
  const folder = await createFolder(t)
  const sandbox = await startSandbox({
    clock: systemClock,
    knobs: { livelyEveryMs: 0, rateLimit: 'off' },
    clients: [{ ...SANDBOX_CLIENT, redirectUris: [REDIRECT_URL] }],
  })
  t.after(() => sandbox.stop())
  const wire = await createWire(t, sandbox.apiUrl)
  const path = join(folder, 'tokens.json')
  return {
    path,
    wire,
    sandbox,
    folder,
    /** A new login in the file, as a person makes one. */
    logIn: () => logIn(sandbox, path, email),
    /**
     * Starts the keeper of these tokens.
     * @param times how often it refreshes before it says `done`; 0: until it is killed.
     * @param through a program that starts it, such as strace.
     */
    async startKeeper(times: number, through: readonly string[] = []) {
      const options: KeeperOptions = {
        path,
        apiUrl: wire.url,
        clientId: SANDBOX_CLIENT.clientId,
        clientSecret: SANDBOX_CLIENT.clientSecret,
        times,
      }
      const program = await bundle('test/chaos/keeper.ts')
      return startNode(t, [program, JSON.stringify(options)], { through })
    },
  }
}
export type Patient = Awaited<ReturnType<typeof createPatient>>

async function logIn(sandbox: Sandbox, path: string, email: string): Promise<void> {
  const { clientId, clientSecret } = SANDBOX_CLIENT
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: REDIRECT_URL,
    response_type: 'code',
    state: 's',
  })
  const callback = await sandbox.logIn(`${sandbox.authUrl}/?${query}`, email)
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uri: REDIRECT_URL,
    code: callback.searchParams.get('code') ?? '',
  })
  const reply = await fetch(`${sandbox.apiUrl}/oauth2/token`, { method: 'POST', body: form })
  const { access_token, refresh_token, user_id, expires_in } = replySchema.parse(await reply.json())
  sandbox.approve(email)
  const now = Date.now()
  const expires_at = new Date(now + expires_in * 1000).toISOString()
  const authorized_at = new Date(now).toISOString()
  const login = { user_id, client_id: clientId, access_token, refresh_token }
  await saveLogins(path, [{ ...login, expires_at, expires_in, authorized_at }])
}

const LONGEST_LIFE_MS = 60 // three refreshes or so

/**
 * Kills the keeper again and again, each time after another moment, until `isOver`.
 * @param random in [0, 1).
 */
export async function killAgainAndAgain(
  patient: Patient,
  { tally, random, isOver }: { tally: Tally; random: () => number; isOver: () => boolean },
): Promise<void> {
  await patient.logIn()
  while (!isOver()) {
    const before = { given: patient.wire.exchanges.length, refused: patient.wire.refused.length }
    const keeper = await patient.startKeeper(0)
    const until = random() // it dies at the start, before its first refresh, or after that
    if (until > 0.1) await keeper.says(until < 0.4 ? 'ready' : 'refreshed')
    await systemClock.sleep(random() * LONGEST_LIFE_MS)
    await keeper.kill()
    await patient.wire.quiet()
    tally.kills++
    tally.refreshes += patient.wire.exchanges.length - before.given
    if (patient.wire.refused.length > before.refused)
      tally.violations.push(`a used-up token was sent: ${keeper.output()}`)
    const known = tally.violations.length
    const goesOn = await examine(patient, tally)
    if (tally.violations.length > known) tally.violations.push(keeper.output())
    if (!goesOn) await patient.logIn()
  }
}

/** What the disk holds after a kill. @returns whether the login goes on. */
export async function examine({ path, wire }: Patient, tally: Tally): Promise<boolean> {
  const last = wire.exchanges.at(-1)
  const held = await tokenIn(path).catch((error: Error) => error)
  if (held instanceof Error) {
    tally.violations.push(`after kill ${tally.kills} the file is not whole: ${held.message}`)
    return false
  }
  const isUntouched = last === undefined || !wire.exchanges.some(({ spent }) => spent === held)
  if (isUntouched) {
    tally.newestInFile++
    return true
  }
  if (held !== last.spent) {
    tally.violations.push(`after kill ${tally.kills} the file holds tokens of before the last`)
    return false
  }
  const isOnDisk = (await leftovers(path)).includes(last.given)
  if (isOnDisk) tally.recovered++
  else tally.replyInFlight++
  return isOnDisk // the next start has to find it: else it sends a used-up token
}

async function tokenIn(path: string): Promise<string> {
  const [login] = (await loadLogins(path)) ?? []
  if (!login) throw new Error('no login')
  return login.refresh_token
}

/** Refresh tokens in whole temporary files. */
async function leftovers(path: string): Promise<readonly string[]> {
  const names = (await readdir(dirname(path))).filter((name) => /^tokens\.json\.\d+$/.test(name))
  const found: string[] = []
  for (const name of names) {
    try {
      const text = await readFile(join(dirname(path), name), 'utf8')
      found.push(...parseTokens(text, path).map((login) => login.refresh_token))
    } catch {
      // not whole
    }
  }
  return found
}
