import type { Request, Response } from 'express'

/** A cookie on the host of `redirect_uri` and no other. */
export interface Cookie {
  read(request: Request): string | undefined
  set(response: Response, value: string): void
  clear(response: Response): void
}

/**
 * @param name without `__Host-`, which is added on https, so that no other host can set the cookie.
 * @see https://www.rfc-editor.org/rfc/rfc6265bis
 */
export function createCookie(publicUrl: URL, name: string, maxAgeSeconds: number): Cookie {
  const isSecure = publicUrl.protocol === 'https:'
  const fullName = isSecure ? `__Host-${name}` : name
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  const write = (response: Response, value: string, seconds: number) => {
    response.append('set-cookie', `${fullName}=${value}; Max-Age=${seconds}${attributes}`)
  }
  return {
    read: (request) => readCookie(request.headers.cookie ?? '', fullName),
    set: (response, value) => write(response, encodeURIComponent(value), maxAgeSeconds),
    clear: (response) => write(response, '', 0),
  }
}

/** The cookie that binds a login to the browser that began it. */
export function createBindingCookie(publicUrl: URL): Cookie {
  return createCookie(publicUrl, 'monzo_exporter_login', 10 * 60) // as long as the state lives
}

function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const separator = pair.indexOf('=')
    if (pair.slice(0, separator).trim() === name) return decode(pair.slice(separator + 1).trim())
  }
  return undefined
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value) || undefined
  } catch {
    return undefined
  }
}
