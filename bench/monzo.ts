import { systemClock } from '../src/lib/clock.ts'
import { SAM_EMAIL } from '../src/sandbox/bank/default-cast.ts'
import { type Bank, SANDBOX_CLIENT, type Sandbox, startSandbox } from '../src/sandbox/sandbox.ts'
import { logInCrowd } from '../test/fakes/crowd.ts'

// The simulated Monzo in a process of its own, told what to do by messages.

/** Makes a login possible, plays the person, or asks what has been seen. */
export type MonzoCommand =
  | { readonly do: 'start'; readonly callbackUrl: string }
  | { readonly do: 'log_in'; readonly authorizeUrl: string }
  | { readonly do: 'approve' }
  | { readonly do: 'crowd'; readonly count: number; readonly callbackUrl: string }
  | { readonly do: 'pay' }
  | { readonly do: 'count' }

/** One for every command, with what that command is for. */
export interface MonzoAnswer {
  readonly apiUrl?: string
  readonly authUrl?: string
  readonly clientId?: string
  readonly clientSecret?: string
  /** The person's current account. */
  readonly accountId?: string
  readonly callbackUrl?: string
  /** The tokens.json of a crowd that has logged in and approved. */
  readonly tokens?: string
  /** All requests so far, by endpoint: `GET /balance`. */
  readonly counts?: Readonly<Record<string, number>>
}

let sandbox: Sandbox | undefined

process.on('message', (command: MonzoCommand) => {
  obey(command).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function obey(command: MonzoCommand): Promise<MonzoAnswer> {
  if (command.do === 'start') {
    const client = { ...SANDBOX_CLIENT, redirectUris: [command.callbackUrl] }
    // Nothing happens in this bank, and several exporters may use one login: all polls cost the same.
    const knobs = { livelyEveryMs: 0, rateLimit: 'off' } as const
    sandbox = await startSandbox({ clock: systemClock, clients: [client], knobs })
    const { apiUrl, authUrl, bank } = sandbox
    const { clientId, clientSecret } = SANDBOX_CLIENT
    return { apiUrl, authUrl, clientId, clientSecret, accountId: currentAccountOf(bank) }
  }
  if (!sandbox) throw new Error('not started')
  if (command.do === 'log_in')
    return { callbackUrl: (await sandbox.logIn(command.authorizeUrl, SAM_EMAIL)).href }
  if (command.do === 'approve') {
    sandbox.approve()
    return {}
  }
  if (command.do === 'crowd') {
    const { count, callbackUrl } = command
    return { tokens: await logInCrowd(sandbox, { count, callbackUrl, nowMs: systemClock.now() }) }
  }
  if (command.do === 'pay') {
    sandbox.bank.addTransaction(currentAccountOf(sandbox.bank), { amountMinor: -1 })
    return {}
  }
  const counts: Record<string, number> = {}
  for (const { endpoint } of sandbox.requests) counts[endpoint] = (counts[endpoint] ?? 0) + 1
  return { counts }
}

function currentAccountOf(bank: Bank): string {
  const sam = bank.findPerson(SAM_EMAIL)
  const account = bank.accountsOf(sam?.id ?? '').find(({ type }) => type === 'uk_retail')
  if (!account) throw new Error('Sam has no current account')
  return account.id
}
