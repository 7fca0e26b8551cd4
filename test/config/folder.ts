import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { type ConfigSources, type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { AppError } from '../../src/lib/errors.ts'

export type Files = Readonly<Record<string, string>>

/** Enough to start with, in three lines: what a test adds begins at line 4. */
export const CLIENT = `# a client
client_id = "oauth2client_0000Example"
client_secret = "mnzconf.c2VjcmV0"
`

/** A folder with these files that lasts as long as the test, and `loadConfig` run in it. */
export function folder(t: TestContext, files: Files = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'config-'))
  t.after(() => rmSync(cwd, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  const load = async (sources: Partial<ConfigSources> = {}): Promise<LoadedConfig> =>
    loadConfig({ flags: {}, env: {}, cwd, ...sources })
  /** What it throws instead, as long as that is expected. */
  const refusal = async (sources: Partial<ConfigSources> = {}): Promise<AppError> => {
    const error: unknown = await load(sources).then(
      () => undefined,
      (reason) => reason,
    )
    assert.ok(error instanceof AppError, `expected an AppError, got ${error}`)
    return error
  }
  return { cwd, load, refusal }
}
