import { baseOf } from '../lib/url.ts'
import type { Config } from './settings.ts'

/** What stands behind `redirect_uri` at Monzo. Users of the Go exporter registered another one. */
const callbackPathOf = ({ go_mode }: Pick<Config, 'go_mode'>): string =>
  go_mode ? '/token/callback' : '/callback'

/** What has to be registered at Monzo, and is matched there to the letter. */
export function callbackUrlOf(config: Pick<Config, 'redirect_uri' | 'go_mode'>): string {
  return baseOf(config.redirect_uri) + callbackPathOf(config)
}
