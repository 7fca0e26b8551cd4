import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { daysOf, type PastDay } from '../history/days.ts'
import type { Ledger } from '../history/ledger.ts'
import { readLedgers } from '../history/read-ledgers.ts'
import { DAY_MS } from '../lib/clock.ts'
import { errnoInWords, mendFolder } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import type { DayNumber } from '../lib/london.ts'
import type { Names } from '../lib/names.ts'
import { renderHeader, renderLabels } from '../metrics/family.ts'
import { toMajor } from '../metrics/samples.ts'
import { type Metric, PAST_DAY_METRICS } from '../metrics/table.ts'
import { withNames } from '../readings/spending.ts'
import { type CommandContext, type Flags, say } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { nothingKept } from './history-status.ts'
import { asTyped } from './typed.ts'

/** `openmetrics` for promtool, `prometheus` for VictoriaMetrics' import. */
const FORMATS = ['openmetrics', 'prometheus'] as const
type Format = (typeof FORMATS)[number]

/** What was asked for, once it has been read. */
interface ExportPlan {
  readonly first?: DayNumber | undefined
  readonly last?: DayNumber | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly format: Format
  /** What to call categories. */
  readonly categoryNames: Names
}

/**
 * Writes the days that are kept, as points for a database. Only reads, so it can run while the
 * exporter is running.
 * @throws {AppError} USAGE for a flag that can't be meant; HISTORY_UNREADABLE; as loadConfig.
 */
export async function historyExport(
  context: CommandContext,
  { output, force, from, to, label, format, ...flags }: Flags,
): Promise<ExitCode> {
  const { env, cwd, clock, stderr } = context
  const asked = planOf({ from, to, label, format })
  const { config } = loadConfig({ flags, env, cwd }, { needsLogin: false })
  const plan = { ...asked, categoryNames: config.category_names }
  const { ledgers, faults } = await readLedgers(config.history_folder)
  for (const { message, hint } of faults) {
    say(stderr, `error: ${message}`)
    say(stderr, `hint: ${hint}`)
  }
  const accounts = ledgers.map((ledger) => ({ ledger, days: daysOf(ledger, clock.now(), plan) }))
  const days = accounts.reduce((sum, account) => sum + account.days.length, 0)
  if (days === 0) {
    if (faults.length > 0) return EXIT.no
    return ledgers.length === 0 ? nothingKept(stderr, config) : noDays(context)
  }
  const text = renderDays(accounts, plan)
  const isWritten =
    typeof output === 'string'
      ? await writeFile(context, resolve(cwd, output), { text, isForced: force === true })
      : await writeStream(context.stdout, text)
  return isWritten && faults.length === 0 ? EXIT.ok : EXIT.no
}

/** A flag, if it was given. */
type Given = Flags[string] | undefined

function noDays(context: CommandContext): ExitCode {
  const { stderr } = context
  say(stderr, 'error: Of these days none is over and wholly known, so there is nothing to export.')
  const hint = 'hint: Run `monzo-exporter history status` to see since when everything is known.'
  say(stderr, asTyped(hint, context))
  return EXIT.no
}

function planOf(
  given: Readonly<Record<'from' | 'to' | 'label' | 'format', Given>>,
): Omit<ExportPlan, 'categoryNames'> {
  const { from, to, label, format = 'openmetrics' } = given
  const first = dayOf('--from', from)
  const last = dayOf('--to', to)
  if (first !== undefined && last !== undefined && first > last)
    throw usage('--from is after --to', 'Name the older day with --from; both are exported.')
  const known = FORMATS.find((name) => name === format)
  if (!known) throw usage(`--format is one of ${FORMATS.join(', ')}`, 'Without it: openmetrics.')
  return { first, last, format: known, labels: labelsOf(label) }
}

function dayOf(flag: string, text: Given): DayNumber | undefined {
  if (text === undefined) return undefined
  const atMs = Date.parse(`${text}T00:00:00Z`)
  const isDate = !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(`${text}T`)
  if (!isDate) throw usage(`${flag} is no day`, 'Write it as year-month-day: 2024-02-29.')
  return atMs / DAY_MS
}

const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)=(.*)$/

/** Of one `--label` a line. An empty value takes a label away. */
function labelsOf(text: Given): Readonly<Record<string, string>> {
  const labels: Record<string, string> = { job: 'monzo' }
  const ours: readonly string[] = PAST_DAY_METRICS.spent.labels
  for (const given of typeof text === 'string' ? text.split('\n') : []) {
    const [, name = '', value = ''] = LABEL.exec(given) ?? []
    if (name === '' || name.startsWith('__'))
      throw usage(
        '--label is not name=value',
        'For example --label job=monzo --label instance=home.',
      )
    if (ours.includes(name))
      throw usage(`--label can't set ${name}, which every account has`, 'Choose another name.')
    labels[name] = value
  }
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}

const usage = (message: string, hint: string) => new AppError('USAGE', message, { hint })

interface PastAccount {
  readonly ledger: Ledger
  readonly days: readonly PastDay[]
}
/** What one series has, in minor units, oldest first. */
type Points = (readonly [day: PastDay, minor: number])[]

/** Every series whole and in the order of time, the series of a metric together. */
function* renderDays(accounts: readonly PastAccount[], plan: ExportPlan): Iterable<string> {
  for (const [metric, seriesOf] of FAMILIES) {
    yield `${renderHeader(metric)}\n`
    for (const { ledger, days } of accounts) {
      const { accountId, currency } = ledger
      if (currency === undefined) continue
      for (const [more, points] of seriesOf(days, plan.categoryNames)) {
        const labels = { ...plan.labels, account_id: accountId, currency, ...more }
        const series = `${metric.name}${renderLabels(labels)}`
        yield points
          .map(([day, minor]) => `${series} ${toMajor(minor, currency)} ${timeOf(day, plan)}\n`)
          .join('')
      }
    }
  }
  if (plan.format === 'openmetrics') yield '# EOF\n'
}

/** The day's last second: in seconds for OpenMetrics, else in milliseconds. */
const timeOf = ({ span }: PastDay, { format }: ExportPlan): number =>
  format === 'openmetrics' ? span.endMs / 1000 - 1 : span.endMs - 1000

type SeriesOf = (
  days: readonly PastDay[],
  categoryNames: Names,
) => Iterable<readonly [labels: Readonly<Record<string, string>>, points: Points]>

const FAMILIES: readonly (readonly [metric: Metric, seriesOf: SeriesOf])[] = [
  [
    PAST_DAY_METRICS.balance,
    (days) => [
      [
        {},
        days.flatMap((day) => (day.balanceMinor === undefined ? [] : [[day, day.balanceMinor]])),
      ],
    ],
  ],
  [PAST_DAY_METRICS.spent, spentSeries],
  [PAST_DAY_METRICS.received, (days) => [[{}, days.map((day) => [day, day.receivedMinor])]]],
]

function* spentSeries(
  days: readonly PastDay[],
  categoryNames: Names,
): Generator<readonly [{ category: string }, Points]> {
  const byCategory = new Map<string, Points>()
  for (const day of days)
    for (const [category, minor] of withNames(day.spent, categoryNames)) {
      const points = byCategory.get(category) ?? []
      byCategory.set(category, points)
      points.push([day, minor])
    }
  for (const category of [...byCategory.keys()].sort())
    yield [{ category }, byCategory.get(category) ?? []]
}

/** @returns false when the reader has gone. */
async function writeStream(
  stream: NodeJS.WritableStream,
  text: Iterable<string>,
): Promise<boolean> {
  for (const part of text) {
    const error = await new Promise((done) => stream.write(part, done))
    if (error) return false
  }
  return true
}

/** @returns whether it was written; if not, that was said, and nothing is left of it. */
async function writeFile(
  { stderr }: CommandContext,
  path: string,
  { text, isForced }: { text: Iterable<string>; isForced: boolean },
): Promise<boolean> {
  const written = isForced ? `${path}.part` : path // the file that is there stays until this is whole
  let file: FileHandle | undefined
  try {
    if (isForced) await rm(written, { force: true }) // a kill left it
    file = await open(written, 'wx', 0o600) // it says what somebody earns and spends
    for (const part of text) await file.writeFile(part)
    await file.close()
    if (isForced) await rename(written, path)
    return true
  } catch (error) {
    await file?.close()
    if (file) await rm(written, { force: true })
    if (isErrno(error, 'EEXIST')) {
      say(stderr, `error: ${path} exists already.`)
      say(stderr, 'hint: Name another file, or replace this one with --force.')
    } else {
      say(stderr, `error: ${path} can't be written: ${errnoInWords(error)}`)
      say(stderr, `hint: ${mendFolder(resolve(path, '..'), error)}, or name another file.`)
    }
    return false
  }
}
