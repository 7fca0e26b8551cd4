import { HOUR_MS } from '../../lib/clock.ts'
import { londonDay, londonTimeMs } from '../../lib/london.ts'
import { between, type Chance, chanceOf } from './chance.ts'
import type { Entry, Merchant } from './entry.ts'
import { createId, createTimedId } from './ids.ts'

/** Whose ledger is written, and the chance that decides what is left open. */
export interface Writer {
  readonly chance: Chance
  readonly userId: string
  readonly accountId: string
}

/** What every kind of entry needs, and what may be told otherwise. Minor units. */
type Basics = Partial<Entry> & { readonly createdMs: number; readonly amountMinor: number }

/** A card payment; it settles in the small hours of one of the next days. */
export function cardPayment(writer: Writer, merchant: Merchant, basics: Basics): Entry {
  const { amountMinor, createdMs } = basics
  return entryOf(writer, {
    scheme: 'mastercard',
    description: merchant.statement,
    category: merchant.category,
    merchant,
    metadata: {
      mcc: merchant.mcc,
      mastercard_approval_type: 'full',
      mastercard_card_id: createId('mccard', chanceOf('card', writer.userId)),
      ...(amountMinor === 0 ? { hide_amount: 'true' } : {}),
    },
    settledMs: smallHoursAfter(createdMs, writer.chance),
    isInSpending: amountMinor !== 0,
    ...basics,
  })
}

/** Someone checks that a card is alive: no amount, and it never settles. */
export const cardCheck = (writer: Writer, merchant: Merchant, createdMs: number): Entry =>
  cardPayment(writer, merchant, { createdMs, amountMinor: 0, settledMs: undefined })

/** A payment that was refused: it has an amount, but the balance never moved. */
export function declinedPayment(
  writer: Writer,
  merchant: Merchant,
  basics: Basics & { readonly declineReason: string },
): Entry {
  return cardPayment(writer, merchant, { settledMs: undefined, isInSpending: false, ...basics })
}

/** A bank transfer in (positive) or out; it settles at once. */
export function fasterPayment(writer: Writer, name: string, basics: Basics): Entry {
  return entryOf(writer, {
    scheme: 'payport_faster_payments',
    description: name.toUpperCase(),
    counterparty: {
      name,
      account_number: '00000042',
      sort_code: '000000',
      user_id: `anonuser_${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`,
    },
    metadata: { faster_payment: 'true', insertion: createId('entryset', writer.chance) },
    isInSpending: basics.amountMinor < 0,
    ...basics,
  })
}

/** Money between two people with Monzo. */
export function peerPayment(
  writer: Writer,
  other: { readonly name: string; readonly userId: string; readonly accountId?: string },
  basics: Basics,
): Entry {
  return entryOf(writer, {
    scheme: 'p2p_payment',
    description: other.name,
    counterparty: {
      user_id: other.userId,
      preferred_name: other.name,
      ...(other.accountId === undefined ? {} : { account_id: other.accountId }),
    },
    metadata: { p2p_transfer_id: createId('p2p', writer.chance) },
    isInSpending: basics.amountMinor < 0,
    ...basics,
  })
}

/** A Direct Debit, or with a positive amount a BACS credit such as a salary. */
export function bacs(writer: Writer, name: string, basics: Basics): Entry {
  return entryOf(writer, {
    scheme: 'bacs',
    description: name.toUpperCase(),
    category: 'bills',
    counterparty: { name, service_user_number: '000000' },
    metadata: { bacs_record_id: createId('bacsrcd', writer.chance) },
    isInSpending: basics.amountMinor < 0,
    isOriginator: false,
    ...basics,
  })
}

/** Paying back a part of what Flex lent. */
export const flexRepayment = (writer: Writer, basics: Basics): Entry =>
  entryOf(writer, {
    scheme: 'monzo_flex',
    description: 'Monzo Flex',
    category: 'general',
    metadata: { monzo_flex_id: createId('monzoflex', writer.chance) },
    ...basics,
  })

/** Money into a pot (negative) or out of it. */
export function potTransfer(
  writer: Writer,
  potId: string,
  trigger: 'user' | 'coin_jar' | 'committed_spending',
  basics: Basics,
): Entry {
  const isDeposit = basics.amountMinor < 0
  return entryOf(writer, {
    scheme: 'uk_retail_pot',
    description: potId,
    category: trigger === 'coin_jar' ? 'savings' : 'transfers',
    potId,
    metadata: {
      pot_id: potId,
      pot_account_id: createId('acc', chanceOf('pot account', potId)),
      [isDeposit ? 'pot_deposit_id' : 'pot_withdrawal_id']: createId(
        isDeposit ? 'potdep' : 'potwdl',
        writer.chance,
      ),
      trigger,
    },
    isInSpending: false,
    ...basics,
  })
}

function entryOf(writer: Writer, basics: Basics): Entry {
  const { amountMinor, createdMs } = basics
  const category = basics.category ?? 'general'
  return {
    id: createTimedId('tx', createdMs, writer.chance),
    scheme: 'mastercard',
    description: '',
    category,
    categories: { [category]: amountMinor },
    metadata: {},
    isInSpending: amountMinor < 0,
    isOriginator: amountMinor <= 0,
    notes: '',
    userId: writer.userId,
    ...('settledMs' in basics ? {} : { settledMs: createdMs }),
    ...basics,
  }
}

/** Card schemes hand in their batches at night: tomorrow, or the day after. */
function smallHoursAfter(createdMs: number, chance: Chance): number {
  const day = londonDay(createdMs) + between(chance, 1, 2)
  return londonTimeMs(day, 3 * HOUR_MS + between(chance, 0, HOUR_MS))
}
