import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/settings.ts'
import { gapsIn } from '../history/known-time.ts'
import type { Ledger } from '../history/ledger.ts'
import { readLedgers } from '../history/read-ledgers.ts'
import { londonDate, type Span } from '../lib/london.ts'
import { ALWAYS_SHOWN_MS } from '../readings/posting.ts'
import { type CommandContext, type Flags, say } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'

/**
 * Says of every account since when its past is known, how much of it is kept, what is missing and
 * why. Only reads, so it can run while the exporter is running.
 * @throws {AppError} HISTORY_UNREADABLE when the folder can't be read; as loadConfig.
 */
export async function historyStatus(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { env, cwd, clock, stdout, stderr } = context
  const { config } = loadConfig({ flags, env, cwd }, { needsLogin: false })
  const { ledgers, faults } = await readLedgers(config.history_folder)
  if (ledgers.length === 0 && faults.length === 0) return nothingKept(stderr, config)
  for (const ledger of ledgers) say(stdout, statusOf(ledger, clock.now()))
  for (const { message, hint } of faults) {
    say(stderr, `error: ${message}`)
    say(stderr, `hint: ${hint}`)
  }
  return faults.length === 0 ? EXIT.ok : EXIT.no
}

/** @returns the exit code: there is nothing to tell of. */
export function nothingKept(
  stderr: NodeJS.WritableStream,
  { history, history_folder }: Pick<Config, 'history' | 'history_folder'>,
): ExitCode {
  say(stderr, `error: No history is kept in ${history_folder} yet.`)
  const first = history ? 'Start the exporter' : 'Set history = true, start the exporter'
  say(stderr, `hint: ${first}, log in, and approve in the Monzo app: it is read within minutes.`)
  return EXIT.no
}

const NUMBER = new Intl.NumberFormat('en-GB')

function statusOf(ledger: Ledger, nowMs: number): string {
  const { accountId, count, createdMs, known, knownSinceMs } = ledger
  const endMs = known.at(-1)?.endMs
  const transactions = `${NUMBER.format(count)} transaction${count === 1 ? '' : 's'}`
  if (knownSinceMs === undefined || endMs === undefined)
    return `${accountId}: ${transactions}; nothing is wholly known yet.`
  const gaps = gapsIn(known, { startMs: createdMs, endMs })
  const sentences = [
    `${accountId}: ${transactions}; everything from ${londonDate(knownSinceMs)} to ${londonDate(endMs)} is known.`,
    ...gaps.map((gap) => whyMissing(gap, nowMs)),
  ]
  return sentences.join(' ')
}

function whyMissing({ startMs, endMs }: Span, nowMs: number): string {
  const missing = `Missing: ${londonDate(startMs)} to ${londonDate(endMs)}`
  return startMs < nowMs - ALWAYS_SHOWN_MS
    ? `${missing}, which Monzo shows only in the five minutes after an approval: log in again, and it is read.`
    : `${missing}, which the exporter reads when it runs next.`
}
