import { createHash } from 'node:crypto'
import type { RequestHandler } from 'express'
import { ICON } from './icon.ts'
import { STYLESHEET } from './stylesheet.ts'
import { WAITING_SCRIPT } from './waiting-script.ts'

interface Asset {
  readonly type: string
  readonly body: string
  /** Of its content: a new version has a new address, so the old one may be kept forever. */
  readonly hash: string
}

const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['style.css', asset('text/css; charset=utf-8', STYLESHEET)],
  ['waiting.js', asset('text/javascript; charset=utf-8', WAITING_SCRIPT)],
  ['icon.svg', asset('image/svg+xml', ICON)],
])

/** A file below `/assets/`. */
export type AssetName = 'style.css' | 'waiting.js' | 'icon.svg'

/** Its address below the prefix, content hash included. */
export function assetPath(name: AssetName): string {
  return `/assets/${name}?v=${ASSETS.get(name)?.hash}`
}

/** GET /assets/…: stylesheet, script and icon, out of the program itself. */
export function assetsRoute(): RequestHandler {
  return (request, response, next) => {
    const found = ASSETS.get(String(request.params['name']))
    if (!found) return next()
    const isThisVersion = request.url.endsWith(`?v=${found.hash}`)
    response.set(
      'cache-control',
      isThisVersion ? 'public, max-age=31536000, immutable' : 'no-cache',
    )
    response.set('content-type', found.type).send(Buffer.from(found.body))
  }
}

function asset(type: string, body: string): Asset {
  return { type, body, hash: createHash('sha256').update(body).digest('hex').slice(0, 12) }
}
