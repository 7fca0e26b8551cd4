import { callbackUrlOf } from '../config/callback.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/settings.ts'
import { createHttpFetch } from '../monzo/http-fetch.ts'
import { readProxies } from '../monzo/proxies.ts'
import { type CommandContext, type Flags, say } from './context.ts'
import { lookAtConfigFile, lookAtTokensFile } from './doctor/files.ts'
import { type Finding, faultOf, note, ok } from './doctor/finding.ts'
import { type Access, askMonzo, lookAtLogins } from './doctor/logins.ts'
import { lookAtMonzo } from './doctor/monzo.ts'
import { lookAtPorts } from './doctor/ports.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { asTyped } from './typed.ts'

/**
 * Looks for whatever keeps the exporter from working, and says what to do. Takes no lock, changes
 * nothing and refreshes no token, so it can run beside the exporter.
 */
export async function doctor(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { env, cwd, stdout } = context
  let faults = 0
  const tell = (findings: readonly Finding[]) => {
    faults += findings.filter(({ kind }) => kind === 'fault').length
    for (const line of findings.flatMap(render)) say(stdout, asTyped(line, context))
  }
  try {
    const loaded = loadConfig({ flags, env, cwd })
    const { config, warnings, file } = loaded
    tell([ok(`${file ?? 'The configuration'} is good.`)])
    tell(warnings.map((warning) => note(warning)))
    tell(await lookAtConfigFile(loaded))
    await lookFurther(config, context, tell)
  } catch (error) {
    tell([faultOf(error)])
  }
  say(stdout, '')
  say(stdout, faults === 0 ? 'Nothing is wrong.' : `${countOf(faults)} found.`)
  return faults === 0 ? EXIT.ok : EXIT.no
}

async function lookFurther(
  config: Config,
  { clock, env }: CommandContext,
  tell: (findings: readonly Finding[]) => void,
): Promise<void> {
  const deps = { config, clock, fetch: createHttpFetch(readProxies(env)), random: Math.random }
  const accesses: Access[] = config.access_tokens.map((token, index) => ({
    whose: `token ${index + 1} of access_tokens`,
    token,
  }))
  const ports = await lookAtPorts(config, clock)
  if (config.client_id !== undefined) {
    const url = callbackUrlOf(config)
    tell([ok('Exactly this redirect URL must be registered at Monzo:', [url])])
    const { findings, logins } = await lookAtTokensFile(config.tokens_file)
    tell(findings)
    const known = logins && lookAtLogins(logins, { ...deps, isRunning: ports.isRunning })
    tell(known?.findings ?? [])
    accesses.push(...(known?.accesses ?? []))
  }
  tell(ports.findings)
  const monzo = await lookAtMonzo(deps)
  tell(monzo.findings)
  if (monzo.isApiReached) for (const access of accesses) tell([await askMonzo(access, deps)])
}

const MARKS = { ok: 'ok   ', note: 'note ', fault: 'FAULT' } as const

/** The lines of a finding, all but the first indented. */
function render({ kind, what, more = [], todo }: Finding): readonly string[] {
  const further = [...more, ...(todo === undefined ? [] : [`→ ${todo}`])]
  return [`${MARKS[kind]}  ${what}`, ...further.map((line) => `       ${line}`)]
}

const countOf = (faults: number): string => (faults === 1 ? '1 fault was' : `${faults} faults were`)
