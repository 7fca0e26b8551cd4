import type { createOAuth, OAuth, OAuthDeps } from './oauth.ts'

/**
 * openid-client, loaded at the first login or refresh and then kept.
 * @param load imports `oauth.ts`.
 */
export function lateOAuth(
  load: () => Promise<{ readonly createOAuth: typeof createOAuth }>,
  deps: OAuthDeps,
): () => Promise<OAuth> {
  let loaded: OAuth | undefined
  return async () => {
    const module = await load()
    loaded ??= module.createOAuth(deps)
    return loaded
  }
}
