import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Address } from '../config/address.ts'
import type { Config } from '../config/settings.ts'
import type { Clock } from '../lib/clock.ts'
import { localOrigin, reachableHost } from '../lib/url.ts'
import { networkErrorInWords } from './network-words.ts'

const TIMEOUT_MS = 5000 // a reply takes about a millisecond, unless the process hangs

/** An address on which an exporter with this configuration listens. */
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

/** The origin that a browser on this machine would use. */
export function originOf({ address, isTls }: Door): string {
  return localOrigin(isTls ? 'https' : 'http', address)
}

/**
 * Requests `/-/healthy`, which every listener answers without a prefix, login or token.
 * @returns `undefined` when it is healthy, otherwise the reason why not.
 */
export async function probeHealth(
  { address, isTls }: Door,
  clock: Clock,
): Promise<string | undefined> {
  const options = {
    host: reachableHost(address.host),
    port: address.port,
    path: '/-/healthy',
    agent: false,
    // The certificate is for the public name, not for this address; and no secret is sent.
    rejectUnauthorized: false,
  }
  const ask = async (signal: AbortSignal) => {
    const request = isTls
      ? requestHttps({ ...options, signal })
      : requestHttp({ ...options, signal })
    request.end()
    const [response]: IncomingMessage[] = await once(request, 'response')
    response?.destroy()
    return response?.statusCode
  }
  try {
    const status = await clock.within(TIMEOUT_MS, ask)
    return status === 200 ? undefined : `it answered ${status}`
  } catch (error) {
    return networkErrorInWords(error)
  }
}
