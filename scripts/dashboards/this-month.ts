/** Sums over this month in PromQL, in each currency. Prometheus' months are UTC's. */

const DAYS_OF_LAST_MONTH = 'days_in_month(vector(time()) - 86400 * day_of_month())'
/** On the 31st of March, the end of February is looked at. */
const DAYS_BACK = `((${DAYS_OF_LAST_MONTH} > day_of_month()) or day_of_month())`
const POSSIBLE_DAYS_BACK = [28, 29, 30, 31]

/** Spent since the first. */
export const spentThisMonth = (chosen: string): string =>
  `sum by (currency) (monzo_category_spent_month${chosen})`

/** Spent in the month before until the same day and hour. `offset` takes no expression. */
export const spentByThisDayLastMonth = (chosen: string): string =>
  POSSIBLE_DAYS_BACK.map(
    (days) =>
      `(sum by (currency) (monzo_category_spent_month${chosen} offset ${days}d) and on () ${DAYS_BACK} == ${days})`,
  ).join(' or ')

/** What remains of the money received, for each day until the end of the month, today included. */
export function leftPerDay(chosen: string): string {
  const received = `sum by (currency) (monzo_received_month${chosen})`
  // Without any spending there is no series of it.
  const spent = `(${spentThisMonth(chosen)} or 0 * ${received})`
  return `(${received} - ${spent}) / on () group_left () (days_in_month() - day_of_month() + 1)`
}
