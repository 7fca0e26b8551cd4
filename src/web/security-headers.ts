import type { RequestHandler } from 'express'
import helmet from 'helmet'
import { DAY_MS } from '../lib/clock.ts'

const YEAR_SECONDS = (365 * DAY_MS) / 1000

/**
 * The security headers of every page.
 * @param authOrigin where `POST /authorize` redirects to: `form-action` also covers redirects.
 */
export function securityHeaders(publicUrl: URL, authOrigin: string): RequestHandler {
  const isHttps = publicUrl.protocol === 'https:'
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'", publicUrl.origin, authOrigin],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        // On plain http, browsers would load the stylesheet by https, where nobody listens.
        ...(isHttps ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    // Only for this host: its subdomains may belong to somebody else.
    strictTransportSecurity: isHttps && { maxAge: YEAR_SECONDS, includeSubDomains: false },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
}
