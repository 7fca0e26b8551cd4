import { kindOf } from '../bank/account.ts'
import { monzoTime } from '../bank/monzo-time.ts'
import type { World } from '../world.ts'

const RECENT = 50

/** The body of `GET /state`: everything but the tokens. */
export function stateBody(world: World): Readonly<Record<string, unknown>> {
  const { bank, clients, clock, faults, feed, grants, journal, webhooks } = world
  return {
    now: monzoTime(clock.now()),
    seed: world.seed,
    knobs: world.knobs(),
    clients: clients.list().map(({ clientId, redirectUris }) => ({
      client_id: clientId,
      redirect_uris: redirectUris,
    })),
    people: bank.people.map(({ id, email, name }) => ({ user_id: id, email, name })),
    grants: grants.list().map((grant) => ({
      client_id: grant.clientId,
      user_id: grant.userId,
      state: grant.state.state,
      authorized_at: monzoTime(grant.authorizedAtMs),
      ...('approvedAtMs' in grant.state
        ? { approved_at: monzoTime(grant.state.approvedAtMs) }
        : {}),
    })),
    accounts: accountsBody(world),
    faults: faults.list(),
    requests: { counts: journal.counts, recent: journal.requests.slice(-RECENT) },
    webhooks: webhooks.list(),
    feed: feed.items,
  }
}

const MAX_PEOPLE = 20 // each balance is computed on demand, too slow for thousands of people

function accountsBody({ bank }: World): readonly unknown[] {
  const ids = bank.people
    .slice(0, MAX_PEOPLE)
    .flatMap(({ id }) => bank.accountsOf(id).map((account) => account.id))
  return [...new Set(ids)].map((id) => {
    const account = bank.findAccount(id)
    const hasBalance = account !== undefined && kindOf(account).hasBalance
    const balances = hasBalance ? bank.balances(id) : undefined
    return {
      account_id: id,
      type: account?.type,
      user_ids: account?.ownerIds,
      closed: account?.isClosed,
      balance: balances?.balanceMinor,
      total_balance: balances && balances.balanceMinor + balances.potsMinor,
      spend_today: balances?.spendTodayMinor,
    }
  })
}
