import { AppError } from '../lib/errors.ts'

/**
 * Replaces the lock's hint to use another tokens file, which helps no command that changes this one's.
 * @param what it cannot be done while an exporter runs, as in "then log out".
 */
export function lockedWhileItRuns(error: unknown, what: string): unknown {
  if (!(error instanceof AppError) || error.code !== 'TOKENS_LOCKED') return error
  return new AppError(error.code, error.message, {
    hint: `Stop the exporter first, then ${what}; it can be started again afterwards.`,
    cause: error,
  })
}
