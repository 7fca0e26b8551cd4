import { createSecretCheck } from './secret-check.ts'

/**
 * Whether a request's `Authorization` holds this token.
 * @param token without one everybody is let in.
 */
export function createBearerCheck(
  token: string | undefined,
): (authorization: string | undefined) => boolean {
  if (token === undefined) return () => true
  const isToken = createSecretCheck(token)
  return (authorization) => {
    const given = /^bearer +(.+)$/i.exec(authorization ?? '')?.[1]
    return given !== undefined && isToken(given)
  }
}
