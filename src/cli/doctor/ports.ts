import { readFile } from 'node:fs/promises'
import type { Config } from '../../config/settings.ts'
import type { Clock } from '../../lib/clock.ts'
import { errnoInWords } from '../../lib/errno.ts'
import { AppError } from '../../lib/errors.ts'
import { listen } from '../../web/serve.ts'
import { type Door, doorsOf, originOf, probeHealth } from '../health-probe.ts'
import { type Finding, faultOf, ok } from './finding.ts'

/** Each address: an exporter answers there, or it is free, or what is in the way. */
export async function lookAtPorts(config: Config, clock: Clock): Promise<readonly Finding[]> {
  try {
    const tls = await readTls(config)
    return await Promise.all(doorsOf(config).map((door) => lookAtDoor(door, { tls, clock })))
  } catch (error) {
    return [faultOf(error)]
  }
}

type Tls = { readonly cert: string; readonly key: string } | undefined

interface DoorDeps {
  readonly tls: Tls
  readonly clock: Clock
}

async function lookAtDoor(door: Door, { tls, clock }: DoorDeps): Promise<Finding> {
  const { setting, address } = door
  const problem = address.port === 0 ? 'any free port' : await probeHealth(door, clock)
  if (problem === undefined) return ok(`An exporter runs and is healthy at ${originOf(door)}.`)
  try {
    const options = { clock, setting, tls }
    const listening = await listen((_request, response) => response.end(), address, options)
    await listening.close()
    return ok(`The address of ${setting} is free: no exporter is running there.`)
  } catch (error) {
    return faultOf(error)
  }
}

async function readTls({ tls_cert_file: cert, tls_key_file: key }: Config): Promise<Tls> {
  const read = (path: string) =>
    readFile(path, 'utf8').catch((cause: unknown) => {
      throw new AppError('CONFIG_INVALID', `${path} can't be read: ${errnoInWords(cause)}`, {
        hint: 'Let the exporter read it, or name another file with tls_cert_file and tls_key_file.',
        cause,
      })
    })
  return cert === undefined || key === undefined
    ? undefined
    : { cert: await read(cert), key: await read(key) }
}
