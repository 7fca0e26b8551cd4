import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LoadedConfig } from '../../config/load.ts'
import { proveWritable } from '../../tokens/proof-of-room.ts'
import type { StoredLogin } from '../../tokens/schemas.ts'
import { loadLogins, realTokensPath, tokensBytes } from '../../tokens/token-file.ts'
import { NO_MODES, OTHERS, type Trust, trustIn } from '../../tokens/trust.ts'
import { type Finding, fault, faultOf, note, ok } from './finding.ts'

/**
 * The permissions of the configuration file, if it holds secrets. Only a note: the exporter may run
 * as another user, and must be able to read it.
 */
export async function lookAtConfigFile({
  file,
  secretsInFile,
}: Pick<LoadedConfig, 'file' | 'secretsInFile'>): Promise<readonly Finding[]> {
  const stats = file === undefined ? undefined : await stat(file).catch(() => undefined)
  if (!stats || (stats.mode & OTHERS) === 0 || secretsInFile.length === 0) return []
  const asFiles = secretsInFile.map((key) => `${key}_file`).join(' and ')
  return [
    note(
      `Other users of this machine may read ${secretsInFile.join(' and ')} in ${file}.`,
      `Move that into files of their own, which ${asFiles} name. Where the exporter runs as the owner of ${file}, chmod 600 does as well.`,
    ),
  ]
}

/** What was found in tokens.json. Without `logins` it could not be read. */
export interface TokensLook {
  readonly findings: readonly Finding[]
  readonly logins?: readonly StoredLogin[]
}

/** Looks at tokens.json and its folder. Writes a file beside it and removes it again; no lock. */
export async function lookAtTokensFile(path: string): Promise<TokensLook> {
  try {
    const trust = await trustIn(await realTokensPath(path))
    const { warning } = trust
    const folder = warning === undefined ? [] : [note(warning.what, warning.todo)]
    const logins = await loadLogins(path).catch((error: unknown) => faultOf(error))
    if (logins !== undefined && 'kind' in logins) return { findings: [...folder, logins] }
    const rights = await rightsOf(path, trust)
    const findings = [...folder, ...rights, await writability(path, logins ?? [])]
    return { findings, logins: logins ?? [] }
  } catch (error) {
    return { findings: [faultOf(error)] }
  }
}

async function rightsOf(path: string, { ownUid, keepsModes }: Trust): Promise<readonly Finding[]> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats) return []
  const findings: Finding[] = []
  if ((stats.mode & OTHERS) !== 0)
    findings.push(
      fault(
        `Other users of this machine may read ${path}, and use its tokens.`,
        keepsModes ? `chmod 600 ${path}` : NO_MODES,
      ),
    )
  if (ownUid !== undefined && stats.uid !== ownUid)
    findings.push(
      note(
        `${path} belongs to another user (${stats.uid}) than the one who runs this (${ownUid}).`,
        'Run doctor as the user that runs the exporter: what it may do differs.',
      ),
    )
  return findings
}

/** Finds a file that is bind-mounted into a container alone, too: that can't be replaced. */
async function writability(path: string, logins: readonly StoredLogin[]): Promise<Finding> {
  try {
    await proveWritable(path, tokensBytes(logins))
    return ok(`Tokens can be saved in ${dirname(path)}.`)
  } catch (error) {
    return faultOf(error)
  }
}
