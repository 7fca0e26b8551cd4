/** What is not settled about Monzo, or differs between years: the first choice is the default. */
export interface Knobs {
  /** Lifetime of an access token in **seconds**: 107999 as recorded, 21600 as documented. */
  readonly expiresIn: number
  /** What an expired access token gets: E1, or E3 as reported once. */
  readonly expiredToken: 401 | 400
  readonly whoamiBeforeApproval: 200 | 403
  /** `/transactions` without `since`: the last 30 days, or 403 outside the five-minute window. */
  readonly noSince: '30d' | '403'
  /** What happens 90 days after approval: E7 on everything, refresh refused, or nothing. */
  readonly lapse: '403' | 'refresh401' | 'never'
  /** How a refresh token is refused: Monzo's own shape, or open banking's 400. */
  readonly refreshError: 'E13' | 'E13b'
  /** `retryable`, `marshal_count` and `unexpected` in errors, as newer ones have. */
  readonly extraErrorFields: 'on' | 'off'
  /** 2022: only the first nine keys of an account. */
  readonly accountsShape: '2025' | '2022'
  /** Whether clients are confidential: others get no refresh token. */
  readonly confidential: boolean
  /** Where "this wasn't me" in the mail leads: nowhere, or back with an error. */
  readonly denyRedirect: 'none' | 'access_denied'
  /** docs: without `scope`. */
  readonly tokenResponse: 'recorded' | 'docs'
  /** `/balance` of a closed account: zero, or refused. */
  readonly closedBalance: 'zero' | '403'
  /** A small payment about this often, in **milliseconds**; 0 for none. */
  readonly livelyEveryMs: number
  readonly rateLimit: 'on' | 'off'
  /** How a webhook's delivery goes: as it should, with a duplicate, or not at all. */
  readonly webhookDelivery: 'once' | 'twice' | 'lost'
}

interface KnobRow<T> {
  readonly default: T
  /** All that are possible; absent: any number from 0 on. */
  readonly choices?: readonly T[]
}

const oneOf = <T>(...choices: readonly [T, ...T[]]): KnobRow<T> => ({
  default: choices[0],
  choices,
})

/** Every knob once; its first choice is what a sandbox begins with. */
export const KNOBS: { readonly [K in keyof Knobs]: KnobRow<Knobs[K]> } = {
  expiresIn: { default: 107_999 },
  expiredToken: oneOf<Knobs['expiredToken']>(401, 400),
  whoamiBeforeApproval: oneOf<Knobs['whoamiBeforeApproval']>(200, 403),
  noSince: oneOf<Knobs['noSince']>('30d', '403'),
  lapse: oneOf<Knobs['lapse']>('403', 'refresh401', 'never'),
  refreshError: oneOf<Knobs['refreshError']>('E13', 'E13b'),
  extraErrorFields: oneOf<Knobs['extraErrorFields']>('on', 'off'),
  accountsShape: oneOf<Knobs['accountsShape']>('2025', '2022'),
  confidential: oneOf<boolean>(true, false),
  denyRedirect: oneOf<Knobs['denyRedirect']>('none', 'access_denied'),
  tokenResponse: oneOf<Knobs['tokenResponse']>('recorded', 'docs'),
  closedBalance: oneOf<Knobs['closedBalance']>('zero', '403'),
  livelyEveryMs: { default: 30_000 },
  rateLimit: oneOf<Knobs['rateLimit']>('on', 'off'),
  webhookDelivery: oneOf<Knobs['webhookDelivery']>('once', 'twice', 'lost'),
}

/** What a sandbox begins with. */
export const DEFAULT_KNOBS: Knobs = {
  expiresIn: KNOBS.expiresIn.default,
  expiredToken: KNOBS.expiredToken.default,
  whoamiBeforeApproval: KNOBS.whoamiBeforeApproval.default,
  noSince: KNOBS.noSince.default,
  lapse: KNOBS.lapse.default,
  refreshError: KNOBS.refreshError.default,
  extraErrorFields: KNOBS.extraErrorFields.default,
  accountsShape: KNOBS.accountsShape.default,
  confidential: KNOBS.confidential.default,
  denyRedirect: KNOBS.denyRedirect.default,
  tokenResponse: KNOBS.tokenResponse.default,
  closedBalance: KNOBS.closedBalance.default,
  livelyEveryMs: KNOBS.livelyEveryMs.default,
  rateLimit: KNOBS.rateLimit.default,
  webhookDelivery: KNOBS.webhookDelivery.default,
}

/**
 * What is wrong with these settings.
 * @returns one sentence per fault; none means that all are knobs with possible values.
 */
export function knobFaults(settings: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const row = Object.entries(KNOBS).find(([known]) => known === name)?.[1]
    if (!row) return [`there is no knob ${name}`]
    const choices: readonly unknown[] | undefined = row.choices
    if (choices?.includes(value)) return []
    if (choices) return [`${name} is one of ${choices.join(', ')}`]
    const isNumber = typeof value === 'number' && Number.isFinite(value) && value >= 0
    return isNumber ? [] : [`${name} is a number from 0 on`]
  })
}
