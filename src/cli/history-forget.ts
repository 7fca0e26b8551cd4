import { randomBytes } from 'node:crypto'
import { rm, rmdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { loadConfig } from '../config/load.ts'
import { ledgerPath } from '../history/ledger-file.ts'
import { keptAccounts } from '../history/read-ledgers.ts'
import { errnoInWords, mendFolder } from '../lib/errno.ts'
import { takeTokensLock } from '../tokens/tokens-lock.ts'
import { type CommandContext, type Flags, say } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { nothingKept } from './history-status.ts'
import { lockedWhileItRuns } from './locked-while-it-runs.ts'
import { asTyped } from './typed.ts'

/**
 * Deletes what is kept of the past, of one account or of all.
 * @throws {AppError} TOKENS_LOCKED while an exporter runs, since it would go on keeping it;
 *   HISTORY_UNREADABLE; as loadConfig.
 */
export async function historyForget(
  context: CommandContext,
  { account, ...flags }: Flags,
): Promise<ExitCode> {
  const { env, cwd, pid, clock, stdout, stderr } = context
  const { config } = loadConfig({ flags, env, cwd }, { needsLogin: false })
  const folder = config.history_folder
  const kept = await keptAccounts(folder)
  const leaving = kept.filter((id) => account === undefined || id === account)
  if (kept.length === 0) return nothingKept(stderr, config)
  if (leaving.length === 0) {
    say(stderr, `error: No history of that account is kept in ${folder}.`)
    const hint = 'hint: Run `monzo-exporter history status` to see of which accounts there is one.'
    say(stderr, asTyped(hint, context))
    return EXIT.no
  }
  const id = randomBytes(16).toString('hex')
  const onWait = (sentence: string) => say(stderr, sentence)
  const path = config.tokens_file
  const ours = { path, clock, pid, host: hostname(), id, onChange: () => {}, onWait }
  const lock = await takeTokensLock(ours).catch((error: unknown) => {
    throw lockedWhileItRuns(error, 'forget history')
  })
  try {
    for (const accountId of leaving) {
      await rm(ledgerPath(folder, accountId))
      say(stdout, `Forgot the history of ${accountId}.`)
    }
    await rmdir(folder).catch(() => undefined) // something else is in it, or it is a mount
    return EXIT.ok
  } catch (error) {
    say(stderr, `error: ${folder} can't be changed: ${errnoInWords(error)}`)
    say(stderr, `hint: ${mendFolder(folder, error)}, and run this again.`)
    return EXIT.no
  } finally {
    await lock.release()
  }
}
