import { isLoopback, isPrivate } from './address.ts'
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
    ...redirectWarnings(config),
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

function redirectWarnings(config: Config): readonly string[] {
  const { redirect_uri: url, server_addr: server } = config
  if (config.access_tokens.length > 0 || !server) return []
  if (['0.0.0.0', '[::]'].includes(url.hostname))
    return ['redirect_uri names no address that a browser can open: use 127.0.0.1 or a host name.']
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const isBehindProxy = config.trusted_proxies.length > 0
  if (config.tls_cert_file !== undefined && url.protocol === 'http:' && !isBehindProxy)
    return ['redirect_uri begins with "http://", but with tls_cert_file only https is answered.']
  if (!isLoopback(url.hostname) || isBehindProxy || [port, 0].includes(server.port)) return []
  return [
    `redirect_uri leads to port ${port} of this machine, but server_addr listens on ${server.port}: unless something forwards it, logins will not come back.`,
  ]
}

function exposureWarnings(config: Config): readonly string[] {
  if (config.stats_token !== undefined) return []
  const isExposed = (key: 'server_addr' | 'metrics_addr') =>
    config[key] !== undefined && !isLoopback(config[key].host)
  return (['server_addr', 'metrics_addr'] as const)
    .filter(isExposed)
    .map(
      (key) =>
        `${key} can be reached from other machines, and without stats_token they can read your balances.`,
    )
}

function staleWarnings({ stale_after, poll_interval }: Config): readonly string[] {
  if (stale_after.ms > poll_interval.ms) return []
  return ['stale_after is not longer than poll_interval: balances will come and go between polls.']
}

function noticeWarnings(config: Config): readonly string[] {
  if (config.access_tokens.length > 0)
    return (['webhooks', 'reminder'] as const)
      .filter((key) => config[key])
      .map((key) => `${key} needs an OAuth client: with access_tokens it is ignored.`)
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
