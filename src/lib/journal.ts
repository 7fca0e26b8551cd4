import type { LogLevel } from './log.ts'

/** Syslog's priorities. @see https://man7.org/linux/man-pages/man3/sd-daemon.3.html */
const PRIORITIES: ReadonlyMap<string, number> = new Map<LogLevel, number>([
  ['debug', 7],
  ['info', 6],
  ['warn', 4],
  ['error', 3],
])

/**
 * Whether a file is the stream to systemd's journal. The variable alone doesn't tell: a service's
 * children inherit it, even if their output leads elsewhere.
 * @param journalStream `JOURNAL_STREAM`, as systemd sets it: the stream's device and inode.
 */
export function isJournalStream(
  journalStream: string | undefined,
  file: { readonly dev: bigint; readonly ino: bigint },
): boolean {
  return journalStream === `${file.dev}:${file.ino}`
}

/** Puts a log level in front of every line, since the journal keeps each as an entry of its own. */
export function withPriority(level: string, text: string): string {
  return text.replace(/(?<=^|\n)(?=[^\n])/g, `<${PRIORITIES.get(level)}>`)
}
