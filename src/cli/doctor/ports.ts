import type { Config } from '../../config/settings.ts'
import type { Clock } from '../../lib/clock.ts'
import { listen } from '../../web/serve.ts'
import { certificateWarning, readTlsPair } from '../../web/tls-files.ts'
import { type Door, doorsOf, originOf, probeHealth } from '../health-probe.ts'
import { type Finding, fault, faultOf, ok } from './finding.ts'

/** For each address: whether an exporter answers there, it is free, or what is in the way. */
export async function lookAtPorts(config: Config, clock: Clock): Promise<readonly Finding[]> {
  try {
    const pair = readTlsPair(config)
    const warning = pair && certificateWarning(pair, clock.now())
    const doors = await Promise.all(doorsOf(config).map((door) => lookAtDoor(door, config, clock)))
    return warning ? [fault(warning, 'Renew it, or correct the clock.'), ...doors] : doors
  } catch (error) {
    return [faultOf(error)]
  }
}

async function lookAtDoor(door: Door, config: Config, clock: Clock): Promise<Finding> {
  const { setting, address } = door
  const problem = address.port === 0 ? 'any free port' : await probeHealth(door, clock)
  if (problem === undefined) return ok(`An exporter runs and is healthy at ${originOf(door)}.`)
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
