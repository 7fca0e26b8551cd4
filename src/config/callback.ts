import { baseOf } from '../lib/url.ts'
import type { Config } from './settings.ts'

/** Users of the Go exporter have registered another path at Monzo. */
const callbackPathOf = ({ go_mode }: Pick<Config, 'go_mode'>): string =>
  go_mode ? '/token/callback' : '/callback'

/** The redirect URL that has to be registered at Monzo, exactly like this. */
export function callbackUrlOf(config: Pick<Config, 'redirect_uri' | 'go_mode'>): string {
  return baseOf(config.redirect_uri) + callbackPathOf(config)
}
