import { HOUR_MS } from '../../lib/clock.ts'
import { londonDay, londonTimeMs } from '../../lib/london.ts'
import { between, type Chance, chanceOf } from './chance.ts'
import type { Entry, Merchant } from './entry.ts'
import { createId, createTimedId } from './ids.ts'
import { potAccountIdOf } from './pot.ts'

/** The account that gets an entry, the user behind it, and the chance that fills in the details. */
export interface Writer {
  readonly chance: Chance
  readonly userId: string
  readonly accountId: string
}

/** Fields that override those of an entry's kind; time and amount (minor units) are required. */
type Basics = Partial<Entry> & { readonly createdMs: number; readonly amountMinor: number }

/** A card payment. It settles between 03:00 and 04:00 one or two days later. */
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

/** A check whether a card is valid: no amount, and it never settles. */
export const cardCheck = (writer: Writer, merchant: Merchant, createdMs: number): Entry =>
  cardPayment(writer, merchant, { createdMs, amountMinor: 0, settledMs: undefined })

/** A declined payment: it has an amount, but does not change the balance. */
export function declinedPayment(
  writer: Writer,
  merchant: Merchant,
  basics: Basics & { readonly declineReason: string },
): Entry {
  return cardPayment(writer, merchant, { settledMs: undefined, isInSpending: false, ...basics })
}

/** A bank transfer in (positive) or out (negative). It settles at once. */
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

/** Money loaded onto a prepaid card. */
export const topUp = (writer: Writer, basics: Basics): Entry =>
  fasterPayment(writer, 'Top up', { isLoad: true, ...basics })

/** A payment between two Monzo customers. */
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

/** A Direct Debit (negative), or a BACS credit such as a salary (positive). */
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

/** A repayment to Flex. */
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
      pot_account_id: potAccountIdOf(potId),
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

/** Card schemes settle in nightly batches: between 03:00 and 04:00, one or two days later. */
function smallHoursAfter(createdMs: number, chance: Chance): number {
  const day = londonDay(createdMs) + between(chance, 1, 2)
  return londonTimeMs(day, 3 * HOUR_MS + between(chance, 0, HOUR_MS))
}
