import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A folder that is gone after the test. */
export async function createFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'monzo-exporter-test-'))
  // A program that is killed only after this may still write there meanwhile.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}
