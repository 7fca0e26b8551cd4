import { isIP } from 'node:net'
import { isLoopback, localOrigin } from '../lib/url.ts'
import { type Address, isPrivate, listensFor } from './address.ts'
import { isConfidential, isOldClient } from './credentials.ts'
import type { Origin } from './fault.ts'
import { goSettingOf } from './go-settings.ts'
import {
  aboutSetting,
  type Config,
  envName,
  fileKey,
  flagName,
  type SettingKey,
} from './settings.ts'

/** Everybody can read it in the Rust exporter's README. */
const PUBLISHED_AUTH_KEY = '$Kq1wJ@HF18yN^4I'
const MIN_AUTH_KEY_LENGTH = 12

/**
 * What is allowed, but probably a mistake. Each is a sentence, and quotes no value.
 * @param origins of the settings that were given.
 */
export function configWarnings(
  config: Config,
  origins: ReadonlyMap<SettingKey, Origin>,
): readonly string[] {
  return [
    ...clientWarnings(config),
    ...authKeyWarnings(config),
    ...[linkWarning(config)].filter((one) => one !== undefined),
    ...exposureWarnings(config),
    ...staleWarnings(config),
    ...noticeWarnings(config),
    ...[...origins].flatMap(([key, origin]) => flagWarnings(key, origin)),
  ]
}

function clientWarnings({ client_id: id, client_secret: secret }: Config): readonly string[] {
  if (id === undefined || secret === undefined) return []
  if (isOldClient(id))
    return [
      'client_id is one of around 2016 ("oauthclient_…"): if Monzo refuses it, make a new client at https://developers.monzo.com.',
    ]
  return isConfidential(secret)
    ? []
    : [
        'client_secret does not start with "mnzconf." as those of confidential clients do: if Monzo refuses it, copy it again from https://developers.monzo.com.',
      ]
}

function authKeyWarnings({ auth_key: key }: Config): readonly string[] {
  if (key === PUBLISHED_AUTH_KEY)
    return ["auth_key is the one that the Rust exporter's README publishes: choose your own."]
  if (key === undefined || key.length >= MIN_AUTH_KEY_LENGTH) return []
  return [`auth_key is short: ${MIN_AUTH_KEY_LENGTH} characters or more are hard to guess.`]
}

/** About the link that a person opens to log in, to which Monzo sends the browser back. */
function linkWarning(config: Config): string | undefined {
  const { redirect_uri: url, server_addr: server } = config
  if (config.access_tokens.length > 0 || !server) return undefined
  if (isUnspecified(url))
    return 'redirect_uri names no address that a browser can open: use 127.0.0.1 or a host name.'
  const isTls = config.tls_cert_file !== undefined
  const own = localOrigin(isTls ? 'https' : 'http', server)
  if (config.trusted_proxies.length === 0) {
    if (isTls && url.protocol === 'http:')
      return 'redirect_uri begins with "http://", but with tls_cert_file only https is answered: let it begin with "https://", here and at Monzo.'
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
    const lost = lostWarning(server, url.hostname, port, own)
    if (lost !== undefined) return lost
    if (!isTls && url.protocol === 'https:' && port === server.port)
      return 'redirect_uri begins with "https://", but without tls_cert_file only http is answered: set tls_cert_file and tls_key_file, or let it begin with "http://", here and at Monzo.'
  }
  const isLocalLink = isLoopback(url.hostname) && listensFor(server, url.hostname)
  if (!isLocalLink || isLoopback(server.host)) return undefined
  const example = own.replace(/127\.0\.0\.1|\[::1\]/, '192.168.1.2')
  return `redirect_uri leads to ${url.hostname}, which on another machine is that machine itself, though server_addr listens for others: unless you log in on this machine only, or forward its port to yours, set redirect_uri, here and at Monzo, to the address at which browsers reach it, such as "${example}".`
}

/** Where nobody listens at the place that `redirect_uri` leads to. @param own where somebody does. */
function lostWarning(server: Address, host: string, port: number, own: string): string | undefined {
  const isLocal = isLoopback(host)
  const isSamePort = [port, 0].includes(server.port)
  const lost = 'unless something forwards it, logins will not come back.'
  const setUri = `Set redirect_uri to "${own}", here and at Monzo.`
  if (isLocal && !isSamePort)
    return `redirect_uri leads to port ${port} of this machine, but server_addr listens on ${server.port}: ${lost} ${setUri}`
  if (!isSamePort || listensFor(server, host) || !(isLocal || areComparable(server.host, host)))
    return undefined
  const advice = isLocal ? setUri : `Set server_addr to ":${server.port}".`
  return `redirect_uri leads to ${host}, but server_addr listens at ${server.host} only: ${lost} ${advice}`
}

/** Whether it shows without DNS that an address to listen at and a host differ. */
function areComparable(own = '', host: string): boolean {
  const isAddress = isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0
  return isLoopback(own) || (isAddress && isIP(own) !== 0)
}

const isUnspecified = ({ hostname }: URL): boolean => ['0.0.0.0', '[::]'].includes(hostname)

function exposureWarnings(config: Config): readonly string[] {
  if (config.stats_token !== undefined) return []
  const { redirect_uri: url, server_addr: server } = config
  const exposed = (['server_addr', 'metrics_addr'] as const).filter(
    (key) => config[key] !== undefined && !isLoopback(config[key].host),
  )
  const isProxied = server && isLoopback(server.host)
  return [
    ...exposed.map(
      (key) =>
        `${key} can be reached from other machines: without stats_token, your balances are open to whoever reaches it.`,
    ),
    ...(isProxied && !isLoopback(url.hostname) && !isUnspecified(url)
      ? [
          'redirect_uri can be reached from other machines: unless the proxy there refuses /stats and /metrics, set stats_token, or your balances are open to whoever reaches it.',
        ]
      : []),
  ]
}

function staleWarnings({ stale_after, poll_interval }: Config): readonly string[] {
  if (stale_after.ms > poll_interval.ms) return []
  return ['stale_after is not longer than poll_interval: balances will come and go between polls.']
}

function noticeWarnings(config: Config): readonly string[] {
  if (config.access_tokens.length > 0)
    return (['webhooks', 'reminder'] as const)
      .filter((key) => config[key])
      .map((key) => `With access_tokens, ${key} is ignored: it needs an OAuth client.`)
  if (!config.webhooks || !isPrivate(config.redirect_uri.hostname)) return []
  return [
    'webhooks is on, but redirect_uri is an address that Monzo cannot reach: until it is a public one, balances change with each poll only.',
  ]
}

function flagWarnings(key: SettingKey, { layer, name }: Origin): readonly string[] {
  if (layer !== 'flags' || !aboutSetting(key).isSecret || name.endsWith('-file')) return []
  const variable = goSettingOf(name)?.variable ?? envName(key)
  return [
    `${name} shows its secret to every user of this machine (in "ps"): use ${variable} or ${flagName(fileKey(key))}.`,
  ]
}
