import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Address } from '../config/address.ts'
import type { Config } from '../config/settings.ts'
import type { Clock } from '../lib/clock.ts'
import { localOrigin, reachableHost } from '../lib/url.ts'
import { networkErrorInWords } from './network-words.ts'

const TIMEOUT_MS = 5000 // an answer takes a millisecond, unless the process hangs

/** An address at which an exporter with this configuration answers. */
export interface Door {
  readonly setting: 'server_addr' | 'metrics_addr'
  readonly address: Address
  /** Whether it speaks HTTPS. */
  readonly isTls: boolean
}

/** Every address that the exporter listens on; the one for metrics last. */
export function doorsOf(config: Config): readonly Door[] {
  const isTls = config.tls_cert_file !== undefined
  return (['server_addr', 'metrics_addr'] as const).flatMap((setting) => {
    const address = config[setting]
    return address ? [{ setting, address, isTls }] : []
  })
}

/** As a browser on this machine would say it. */
export function originOf({ address, isTls }: Door): string {
  return localOrigin(isTls ? 'https' : 'http', address)
}

/**
 * Asks `/-/healthy`, which every listener answers without prefix, login or token.
 * @returns `undefined` when it is healthy, else why not.
 */
export async function probeHealth(
  { address, isTls }: Door,
  clock: Clock,
): Promise<string | undefined> {
  const options = {
    host: reachableHost(address.host),
    port: address.port,
    path: '/-/healthy',
    signal: clock.timeout(TIMEOUT_MS),
    agent: false,
    // The certificate is for the name that browsers use, and no secret is sent.
    rejectUnauthorized: false,
  }
  try {
    const request = isTls ? requestHttps(options) : requestHttp(options)
    request.end()
    const [response]: IncomingMessage[] = await once(request, 'response')
    response?.destroy()
    return response?.statusCode === 200 ? undefined : `it answered ${response?.statusCode}`
  } catch (error) {
    return networkErrorInWords(error)
  }
}
