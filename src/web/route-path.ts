/** The path of a request's target, without query. Proxies may send a whole URL (RFC 9112, 3.2.2). */
export function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : (wholeUrl(target)?.pathname ?? target)
  const end = path.indexOf('?')
  return end < 0 ? path : path.slice(0, end)
}

/** @returns the target as a proxy that strips the prefix would hand it on. */
export function stripPrefix(target: string, prefix: string): string {
  if (prefix === '' || !target.startsWith(prefix)) return target
  const rest = target.slice(prefix.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : target
}

/** Whether a proxy and we could take a path for different ones. No link of ours has such a path. */
export function isPathTrick(target: string): boolean {
  const path = decode(pathOf(target))
  if (path === undefined || !path.startsWith('/')) return true
  return path.includes('//') || hasOddCharacter(path) || /\/\.{1,2}(?:\/|$)/.test(path)
}

function wholeUrl(target: string): URL | undefined {
  return URL.canParse(target) ? new URL(target) : undefined
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
