import { addressesClash } from './address.ts'
import { type Fault, mention, nowhere, type Origin, valueIn } from './fault.ts'
import { goNameOf, goSettingOf } from './go-settings.ts'
import type { Resolved } from './layers.ts'
import { goDefaultOf, isEmptyList, type RawValues, SETTINGS, type SettingKey } from './settings.ts'

/** What the checks look at. */
export interface Checked {
  readonly given: Pick<Resolved, 'values' | 'origins'>
  /** The given values and the defaults of all others. */
  readonly values: RawValues
  readonly isGoMode: boolean
  readonly needsLogin: boolean
}

/** Finds faults between settings: some belong together, some exclude each other. */
export function crossFaults(checked: Checked): readonly Fault[] {
  return [
    ...(checked.needsLogin ? loginFaults(checked) : []),
    ...partnerFaults(checked.given.origins, ['tls_cert_file', 'tls_key_file']),
    ...addressFaults(checked),
  ]
}

type Origins = Resolved['origins']

function loginFaults({ given: { values, origins }, isGoMode }: Checked): readonly Fault[] {
  const tokens = isEmptyList(values.access_tokens) ? undefined : origins.get('access_tokens')
  const client = origins.get('client_id') ?? origins.get('client_secret')
  // Tokens without a value have a fault of their own.
  if (tokens && client) return values.access_tokens ? [excludes(tokens, client)] : []
  if (tokens) return []
  if (client) return clientFaults(origins)
  return [isGoMode ? GO_LOGIN_MISSING : LOGIN_MISSING]
}

const LOGIN_MISSING: Fault = {
  origin: nowhere('client_id and client_secret'),
  message:
    "are missing: put in those of your Monzo OAuth client, or access_tokens from Monzo's playground",
}

const GO_LOGIN_MISSING: Fault = {
  origin: nowhere(
    '--monzo-oauth-client-id, --monzo-oauth-client-secret and --monzo-oauth-external-url',
  ),
  message: 'are missing: give all three, or --monzo-access-tokens and none of them',
}

function excludes(tokens: Origin, client: Origin): Fault {
  const message = `cannot stand beside ${mention(client)}: log in with a client, or use tokens of the playground`
  return { origin: tokens, message }
}

/** The Go exporter's URL had no default: whoever uses its flags or variables must give one. */
function clientFaults(origins: Origins): readonly Fault[] {
  const pair: readonly SettingKey[] = ['client_id', 'client_secret']
  const isGo = pair.some((key) => goSettingOf(origins.get(key)?.name ?? '') !== undefined)
  return partnerFaults(origins, isGo ? [...pair, 'redirect_uri'] : pair)
}

/**
 * For settings that are given together or not at all. A missing one is named by its key, or by the
 * Go exporter's flag or variable if one of those was used.
 */
function partnerFaults(origins: Origins, keys: readonly SettingKey[]): readonly Fault[] {
  const given = keys.map((key) => origins.get(key)).find((origin) => origin !== undefined)
  if (!given) return []
  return keys
    .filter((key) => !origins.has(key))
    .map((key) => ({
      origin: nowhere(nameLike(given, key)),
      message: `is missing: ${mention(given)} needs it`,
    }))
}

function nameLike({ name, layer }: Origin, key: SettingKey): string {
  const isGo = goSettingOf(name) !== undefined && (layer === 'flags' || layer === 'environment')
  return (isGo ? goNameOf(key, layer) : undefined) ?? key
}

function addressFaults({ values, given: { origins } }: Checked): readonly Fault[] {
  const server = valueIn(SETTINGS.server_addr.read(values.server_addr))
  const metrics = valueIn(SETTINGS.metrics_addr.read(values.metrics_addr))
  if (!server || !metrics || !addressesClash(server, metrics)) return []
  const origin = origins.get('metrics_addr')
  if (origin) {
    const message = 'takes the address of server_addr: choose another port, or leave it out'
    return [{ origin, message }]
  }
  const message = `takes the address of metrics_addr, which is ${goDefaultOf('metrics_addr')} here: choose another port`
  return [{ origin: origins.get('server_addr') ?? nowhere('server_addr'), message }]
}
