import { DAY_MS } from '../lib/clock.ts'

/** How long Monzo lets a login read, from its authorization on. @see MONZO.md section 3 */
const CONSENT_MS = 90 * DAY_MS

/** @param authorizedAt ISO 8601, as tokens.json has it. @returns Unix ms. */
export const consentEndsAtMs = (authorizedAt: string): number =>
  Date.parse(authorizedAt) + CONSENT_MS

/** It is said that a consent ends from so many days before. */
export const ENDS_SOON_DAYS = 7
