import { addressesClash } from './address.ts'
import { type Fault, mention, nowhere, type Origin } from './origin.ts'
import type { Resolved } from './resolve.ts'
import { SETTINGS, type SettingKey } from './settings.ts'

/** What no single setting can tell: which of them belong together, and which exclude each other. */
export function crossFaults({ values, origins }: Resolved): readonly Fault[] {
  return [
    ...loginFaults(values, origins),
    ...pairFaults(origins, 'tls_cert_file', 'tls_key_file'),
    ...addressFaults(values, origins),
  ]
}

type Values = Resolved['values']
type Origins = Resolved['origins']

function loginFaults(values: Values, origins: Origins): readonly Fault[] {
  const tokens = isEmptyList(values.access_tokens) ? undefined : origins.get('access_tokens')
  const client = origins.get('client_id') ?? origins.get('client_secret')
  if (tokens && client) return values.access_tokens ? [excludes(tokens, client)] : []
  if (tokens) return []
  if (client) return pairFaults(origins, 'client_id', 'client_secret')
  const message =
    "are missing: put in those of your Monzo OAuth client, or access_tokens from Monzo's playground"
  return [{ origin: nowhere('client_id and client_secret'), message }]
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0

function excludes(tokens: Origin, client: Origin): Fault {
  const message = `cannot stand beside ${mention(client)}: log in with a client, or use tokens of the playground`
  return { origin: tokens, message }
}

function pairFaults(origins: Origins, one: SettingKey, other: SettingKey): readonly Fault[] {
  const missing = (key: SettingKey, given: Origin | undefined): readonly Fault[] => {
    if (!given || origins.has(key)) return []
    return [{ origin: nowhere(key), message: `is missing: ${mention(given)} needs it` }]
  }
  return [...missing(one, origins.get(other)), ...missing(other, origins.get(one))]
}

function addressFaults(values: Values, origins: Origins): readonly Fault[] {
  const origin = origins.get('metrics_addr')
  const server = SETTINGS.server_addr.safeParse(values.server_addr).data
  const metrics = SETTINGS.metrics_addr.safeParse(values.metrics_addr).data
  if (!origin || !server || !metrics || !addressesClash(server, metrics)) return []
  const message = 'takes the address of server_addr: choose another port, or leave it out'
  return [{ origin, message }]
}
