/**
 * A request's target as the routes know it: a path and its query, without the prefix of
 * `redirect_uri`. Proxies strip the prefix or don't, and leave a slash too many in front
 * (`location /monzo { proxy_pass http://127.0.0.1:8080/; }` sends `//stats`) or at the end. Never
 * redirect to what this returns: `//evil.example` is a path here, but a host to a browser.
 */
export function routeTarget(target: string, prefix: string): string {
  const own = target.replace(/^https?:\/\/[^/?]*/i, '') // a whole URL, as RFC 9112, 3.2.2 allows
  const path = pathOf(own)
  const rest = withOneSlash(stripPrefix(withOneSlash(path), prefix))
  return rest.replace(/(?<=.)\/$/, '') + own.slice(path.length)
}

/** The path of a target, without its query. */
export function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}

/** Whether a proxy and we could take a path for different ones. No link of ours has such a path. */
export function isPathTrick(target: string): boolean {
  const path = decode(pathOf(target))
  if (path === undefined || !path.startsWith('/')) return true
  return hasTwoSlashes(path) || hasOddCharacter(path) || /\/\.{1,2}(?:\/|$)/.test(path)
}

/** Whether two slashes are in a row. In front of the path they are gone already. */
export const hasTwoSlashes = (path: string): boolean => path.includes('//')

const withOneSlash = (path: string): string => (path === '' ? '/' : path.replace(/^\/{2,}/, '/'))

function stripPrefix(path: string, prefix: string): string {
  if (prefix === '' || !path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  return rest === '' || rest.startsWith('/') ? rest : path
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function hasOddCharacter(path: string): boolean {
  return [...path].some(
    (character) => character < ' ' || character === '\\' || character === '\x7f',
  )
}
