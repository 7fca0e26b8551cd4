/** A question that a metric answers, and how to ask Prometheus. */
export interface Example {
  readonly question: string
  /** PromQL; a test runs it. */
  readonly query: string
}

/** One per metric, by its name. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  monzo_balance: {
    question: 'How far is it below the highest of the last week?',
    query: 'max_over_time(monzo_balance[1w]) - monzo_balance',
  },
  monzo_balance_including_pots: {
    question: 'What do all accounts and pots hold together, in each currency?',
    query: 'sum by (currency) (monzo_balance_including_pots)',
  },
  monzo_balance_including_flexible_savings: {
    question: 'What is in flexible savings or pots?',
    query: 'monzo_balance_including_flexible_savings - monzo_balance',
  },
  monzo_spent_today: {
    question: 'How much was spent on the day that most was spent on, in the last month?',
    query: 'max_over_time(monzo_spent_today[30d])',
  },
  monzo_balance_in_pot: {
    question: 'Which three pots hold most?',
    query: 'topk(3, monzo_balance_in_pot)',
  },
  monzo_pot_goal: {
    question: 'How much of its goal has each pot reached?',
    query: 'monzo_balance_in_pot / monzo_pot_goal',
  },
  monzo_account_info: {
    question: 'What is in the current accounts?',
    query:
      'monzo_balance and on (job, instance, account_id) monzo_account_info{account_type="uk_retail"}',
  },
  monzo_category_spent_today: {
    question: 'What was spent on each category today?',
    query: 'sort_desc(sum by (category, currency) (monzo_category_spent_today))',
  },
  monzo_category_spent_month: {
    question: 'Which part of the month’s spending went to each category?',
    query:
      'sum by (currency, category) (monzo_category_spent_month) / on (currency) group_left () sum by (currency) (monzo_category_spent_month)',
  },
  monzo_received_month: {
    question: 'How much more came in than went out this month?',
    query:
      'sum by (currency) (monzo_received_month) - sum by (currency) (monzo_category_spent_month)',
  },
  monzo_transactions_month: {
    question: 'How many transactions are pending?',
    query: 'sum(monzo_transactions_month{outcome="pending"})',
  },
  monzo_last_transaction_timestamp_seconds: {
    question: 'How many hours ago was the last transaction?',
    query: '(time() - monzo_last_transaction_timestamp_seconds) / 3600',
  },
  monzo_category_spent_past_month: {
    question: 'What does a month cost on average, in each category?',
    query:
      'sum by (category, currency) (monzo_category_spent_past_month) / on () group_left () count(count by (month) (monzo_received_past_month))',
  },
  monzo_received_past_month: {
    question: 'What was left over of each month?',
    query:
      'sum by (currency, month) (monzo_received_past_month) - sum by (currency, month) (monzo_category_spent_past_month)',
  },
  monzo_balance_month_end: {
    question: 'At the end of which three months was most left?',
    query: 'topk(3, sum by (currency, month) (monzo_balance_month_end))',
  },
  monzo_history_start_timestamp_seconds: {
    question: 'How many days of the past are known?',
    query: '(time() - monzo_history_start_timestamp_seconds) / 86400',
  },
  monzo_history_transactions: {
    question: 'How many transactions are kept?',
    query: 'sum(monzo_history_transactions)',
  },
  monzo_history_unexplained: {
    question: 'How much money of each account does no transaction explain?',
    query: 'abs(monzo_history_unexplained)',
  },
  monzo_up: {
    question: 'Which part of the last day was everything fresh?',
    query: 'avg_over_time(monzo_up[1d])',
  },
  monzo_login_up: {
    question: 'How many logins are polled successfully?',
    query: 'sum(monzo_login_up)',
  },
  monzo_login_state: {
    question: 'In which state is each login?',
    query: 'monzo_login_state == 1',
  },
  monzo_access_token_expiry_timestamp_seconds: {
    question: 'How many hours is the access token still good for? (It is refreshed before.)',
    query: '(monzo_access_token_expiry_timestamp_seconds - time()) / 3600',
  },
  monzo_authorization_expiry_timestamp_seconds: {
    question: 'In how many days does somebody have to log in again?',
    query: '(monzo_authorization_expiry_timestamp_seconds - time()) / 86400',
  },
  monzo_last_poll_timestamp_seconds: {
    question: 'How many seconds ago was the last poll?',
    query: 'time() - monzo_last_poll_timestamp_seconds',
  },
  monzo_last_successful_poll_timestamp_seconds: {
    question: 'How old are the balances, in seconds?',
    query: 'time() - monzo_last_successful_poll_timestamp_seconds',
  },
  monzo_tokens_persisted: {
    question: 'Would a restart lose the login?',
    query: 'monzo_tokens_persisted == bool 0',
  },
  monzo_poll_duration_seconds: {
    question: 'How long does a poll take on average?',
    query:
      'rate(monzo_poll_duration_seconds_sum[15m]) / rate(monzo_poll_duration_seconds_count[15m])',
  },
  monzo_poll_failures_total: {
    question: 'Why did polls fail in the last hour, and how often?',
    query: 'sum by (reason) (increase(monzo_poll_failures_total[1h]))',
  },
  monzo_api_requests_total: {
    question: 'How many requests a minute does Monzo get?',
    query: 'sum by (endpoint, code) (rate(monzo_api_requests_total[15m])) * 60',
  },
  monzo_api_request_duration_seconds: {
    question: 'Within what time are 95 % of the requests answered?',
    query:
      'histogram_quantile(0.95, sum by (le, endpoint) (rate(monzo_api_request_duration_seconds_bucket[15m])))',
  },
  monzo_token_refreshes_total: {
    question: 'How did the refreshes of the last day end?',
    query: 'increase(monzo_token_refreshes_total[1d])',
  },
  monzo_unreadable_records_total: {
    question: 'How many records could not be read in the last day?',
    query: 'sum by (endpoint) (increase(monzo_unreadable_records_total[1d]))',
  },
  monzo_webhook_deliveries_total: {
    question: 'How often did Monzo announce something in the last day?',
    query: 'increase(monzo_webhook_deliveries_total[1d])',
  },
  monzo_exporter_build_info: {
    question: 'Which versions run?',
    query: 'count by (version) (monzo_exporter_build_info)',
  },
  nodejs_eventloop_utilization: {
    question: 'How busy was the exporter at most in the last day?',
    query: 'max_over_time(nodejs_eventloop_utilization[1d])',
  },
}
