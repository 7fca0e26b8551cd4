/** Settings for behavior of Monzo that is uncertain, or that differs between years. */
export interface Knobs {
  /** Lifetime of an access token in **seconds**: 107999 as recorded, 21600 as documented. */
  readonly expiresIn: number
  /** The answer to an expired access token: E1, or E3 as reported once. */
  readonly expiredToken: 401 | 400
  readonly whoamiBeforeApproval: 200 | 403
  /** `/transactions` without `since`: the last 30 days, or 403 outside the five-minute window. */
  readonly noSince: '30d' | '403'
  /**
   * How many pages of transactions older than 90 days each approval lets a client read, even
   * within the five minutes.
   */
  readonly historyPages: number
  /** 90 days after approval: every call gets E7, refreshes are refused, or nothing happens. */
  readonly lapse: '403' | 'refresh401' | 'never'
  /** How a refresh is refused: with Monzo's own error, or with open banking's 400. */
  readonly refreshError: 'E13' | 'E13b'
  /** Whether errors have `retryable`, `marshal_count` and `unexpected`, as newer ones do. */
  readonly extraErrorFields: 'on' | 'off'
  /** 2022: an account has only its first nine keys. */
  readonly accountsShape: '2025' | '2022'
  /** Whether clients are confidential. Others get no refresh token. */
  readonly confidential: boolean
  /** Where "this wasn't me" in the mail leads: nowhere, or back with an error. */
  readonly denyRedirect: 'none' | 'access_denied'
  /** `docs`: token replies have no `scope`. */
  readonly tokenResponse: 'recorded' | 'docs'
  /** Whether `/transactions` lists a pot's own account: the reports of users disagree. */
  readonly potAccounts: 'refused' | 'listed'
  /** What `/balance` answers for a closed account: zero, or E9. */
  readonly closedBalance: 'zero' | '403'
  /** Average time between small payments, in **milliseconds**; 0 for none. */
  readonly livelyEveryMs: number
  readonly rateLimit: 'on' | 'off'
  /** Whether each webhook delivery is sent once, twice, or never. */
  readonly webhookDelivery: 'once' | 'twice' | 'lost'
}

interface KnobRow<T> {
  readonly default: T
  /** The possible values; absent: any number of at least 0. */
  readonly choices?: readonly T[]
}

const oneOf = <T>(...choices: readonly [T, ...T[]]): KnobRow<T> => ({
  default: choices[0],
  choices,
})

/** Every knob with its possible values. The first is the default. */
export const KNOBS: { readonly [K in keyof Knobs]: KnobRow<Knobs[K]> } = {
  expiresIn: { default: 107_999 },
  expiredToken: oneOf<Knobs['expiredToken']>(401, 400),
  whoamiBeforeApproval: oneOf<Knobs['whoamiBeforeApproval']>(200, 403),
  noSince: oneOf<Knobs['noSince']>('30d', '403'),
  historyPages: { default: 100_000 }, // more than anybody reads in five minutes
  lapse: oneOf<Knobs['lapse']>('403', 'refresh401', 'never'),
  refreshError: oneOf<Knobs['refreshError']>('E13', 'E13b'),
  extraErrorFields: oneOf<Knobs['extraErrorFields']>('on', 'off'),
  accountsShape: oneOf<Knobs['accountsShape']>('2025', '2022'),
  confidential: oneOf<boolean>(true, false),
  denyRedirect: oneOf<Knobs['denyRedirect']>('none', 'access_denied'),
  tokenResponse: oneOf<Knobs['tokenResponse']>('recorded', 'docs'),
  potAccounts: oneOf<Knobs['potAccounts']>('refused', 'listed'),
  closedBalance: oneOf<Knobs['closedBalance']>('zero', '403'),
  livelyEveryMs: { default: 30_000 },
  rateLimit: oneOf<Knobs['rateLimit']>('on', 'off'),
  webhookDelivery: oneOf<Knobs['webhookDelivery']>('once', 'twice', 'lost'),
}

/** The settings a sandbox starts with. */
export const DEFAULT_KNOBS: Knobs = {
  expiresIn: KNOBS.expiresIn.default,
  expiredToken: KNOBS.expiredToken.default,
  whoamiBeforeApproval: KNOBS.whoamiBeforeApproval.default,
  noSince: KNOBS.noSince.default,
  historyPages: KNOBS.historyPages.default,
  lapse: KNOBS.lapse.default,
  refreshError: KNOBS.refreshError.default,
  extraErrorFields: KNOBS.extraErrorFields.default,
  accountsShape: KNOBS.accountsShape.default,
  confidential: KNOBS.confidential.default,
  denyRedirect: KNOBS.denyRedirect.default,
  tokenResponse: KNOBS.tokenResponse.default,
  potAccounts: KNOBS.potAccounts.default,
  closedBalance: KNOBS.closedBalance.default,
  livelyEveryMs: KNOBS.livelyEveryMs.default,
  rateLimit: KNOBS.rateLimit.default,
  webhookDelivery: KNOBS.webhookDelivery.default,
}

/**
 * Checks that every setting is a knob with a possible value.
 * @returns one sentence per fault.
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
