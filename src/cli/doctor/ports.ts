import type { Config } from '../../config/settings.ts'
import type { Clock } from '../../lib/clock.ts'
import { listen } from '../../web/serve.ts'
import { certificateWarning, readTlsPair } from '../../web/tls-files.ts'
import { type Door, doorsOf, originOf, probeHealth } from '../health-probe.ts'
import { type Finding, fault, faultOf, ok } from './finding.ts'

/** What was found at the addresses. */
export interface PortsLook {
  readonly findings: readonly Finding[]
  /** Whether an exporter answers at one of them. */
  readonly isRunning: boolean
}

/** For each address: whether an exporter answers there, it is free, or what is in the way. */
export async function lookAtPorts(config: Config, clock: Clock): Promise<PortsLook> {
  try {
    const pair = readTlsPair(config)
    const warning = pair && certificateWarning(pair, clock.now())
    const tls = warning ? [fault(warning, 'Renew it, or correct the clock.')] : []
    const seen = await Promise.all(doorsOf(config).map((door) => lookAtDoor(door, config, clock)))
    return {
      findings: [...tls, ...seen.map(({ finding }) => finding)],
      isRunning: seen.some(({ isRunning }) => isRunning),
    }
  } catch (error) {
    return { findings: [faultOf(error)], isRunning: false }
  }
}

async function lookAtDoor(
  door: Door,
  config: Config,
  clock: Clock,
): Promise<{ readonly finding: Finding; readonly isRunning: boolean }> {
  const { address } = door
  const problem = address.port === 0 ? 'any free port' : await probeHealth(door, clock)
  if (problem === undefined)
    return {
      finding: ok(`An exporter runs and is healthy at ${originOf(door)}.`),
      isRunning: true,
    }
  return { finding: await lookAtFreeDoor(door, config, clock), isRunning: false }
}

async function lookAtFreeDoor(
  { setting, address }: Door,
  config: Config,
  clock: Clock,
): Promise<Finding> {
  try {
    const listening = await listen((_request, response) => response.end(), address, {
      clock,
      setting,
      publicUrl: config.redirect_uri,
    })
    await listening.close()
    return ok(`The address of ${setting} is free: no exporter is running there.`)
  } catch (error) {
    return faultOf(error)
  }
}
