import type { RequestHandler } from 'express'
import { ICON } from './icon.ts'
import { ICON_PNG } from './icon-png.ts'
import { STYLESHEET } from './stylesheet.ts'
import { WAITING_SCRIPT } from './waiting-script.ts'

interface Asset {
  readonly type: string
  readonly body: Buffer
}

/** A file below `/assets/`. */
export type AssetName = 'style.css' | 'waiting.js' | 'icon.svg' | 'icon.png'

const ASSETS: ReadonlyMap<string, Asset> = new Map<AssetName, Asset>([
  ['style.css', { type: 'text/css; charset=utf-8', body: Buffer.from(STYLESHEET) }],
  ['waiting.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from(WAITING_SCRIPT) }],
  ['icon.svg', { type: 'image/svg+xml', body: Buffer.from(ICON) }],
  ['icon.png', { type: 'image/png', body: Buffer.from(ICON_PNG, 'base64') }], // for the reminder
])

/** Its address below the prefix. */
export function assetPath(name: AssetName): string {
  return `/assets/${name}`
}

/**
 * GET /assets/…: stylesheet, script and icon, out of the program itself. Kept by no cache, as all
 * that is not `/stats`: a few kilobytes cost less than a page whose script is that of an old version.
 */
export function assetsRoute(): RequestHandler {
  return (request, response, next) => {
    const found = ASSETS.get(String(request.params['name']))
    if (!found) return next()
    response.set('content-type', found.type).send(found.body)
  }
}
