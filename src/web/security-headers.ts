import type { RequestHandler } from 'express'
import helmet from 'helmet'

const YEAR_SECONDS = 365 * 24 * 60 * 60

/**
 * What browsers are told on every page.
 * @param authOrigin where `POST /authorize` redirects: `form-action` holds for the whole way.
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
        // On plain http it would send a LAN page's stylesheet and form to an https that isn't there.
        ...(isHttps ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    // Only for this host: its sub-domains are somebody else's business.
    strictTransportSecurity: isHttps && { maxAge: YEAR_SECONDS, includeSubDomains: false },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
}
