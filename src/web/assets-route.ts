import type { RequestHandler } from 'express'
import { BROWSER_SCRIPT } from './browser-script.ts'
import { ICON_PNG, ICON_SVG } from './icons.ts'
import { STYLESHEET } from './stylesheet.ts'

interface Asset {
  readonly type: string
  readonly body: Buffer
}

/** A file below `/assets/`. */
export type AssetName = 'style.css' | 'script.js' | 'icon.svg' | 'icon.png'

const ASSETS: ReadonlyMap<string, Asset> = new Map<AssetName, Asset>([
  ['style.css', { type: 'text/css; charset=utf-8', body: Buffer.from(STYLESHEET) }],
  ['script.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from(BROWSER_SCRIPT) }],
  ['icon.svg', { type: 'image/svg+xml', body: Buffer.from(ICON_SVG) }],
  ['icon.png', { type: 'image/png', body: Buffer.from(ICON_PNG, 'base64') }], // for the reminder
])

/** Its path, without the prefix. */
export function assetPath(name: AssetName): string {
  return `/assets/${name}`
}

/**
 * GET /assets/…: stylesheet, script and icon, which the program contains. Like the pages they are
 * not cached: loading a few kilobytes again costs less than a page with an older version's script.
 */
export function assetsRoute(): RequestHandler {
  return (request, response, next) => {
    const found = ASSETS.get(String(request.params['name']))
    if (!found) return next()
    response.set('content-type', found.type).send(found.body)
  }
}
