import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common'
import * as units from '@grafana/grafana-foundation-sdk/units'
import { stat, steps, yesOrNo } from './panels.ts'
import { CHOSEN_EXPORTER as CHOSEN } from './query.ts'

const DAY_SECONDS = 86_400

/** Who is logged in, until when, and how the last poll went. */
export const LOGIN_PANELS = [
  stat({
    title: 'Exporter',
    description: 'Whether Prometheus can scrape it.',
    width: 4,
    height: 5,
    unit: units.NoUnit,
    queries: [
      {
        expr: `up${CHOSEN} and on (job, instance) last_over_time(monzo_exporter_build_info[1d])`,
        legend: '{{instance}}',
      },
    ],
  }).mappings(yesOrNo('answers', 'down')),
  stat({
    title: 'All logins',
    description: 'Whether every login was polled successfully, and lately.',
    width: 4,
    height: 5,
    unit: units.NoUnit,
    queries: [{ expr: `monzo_up${CHOSEN}`, legend: '{{instance}}' }],
  }).mappings(yesOrNo('fresh', 'failing')),
  stat({
    title: 'Tokens on disk',
    description: 'Whether a restart would keep the login.',
    width: 4,
    height: 5,
    unit: units.NoUnit,
    queries: [{ expr: `monzo_tokens_persisted${CHOSEN}`, legend: '{{instance}}' }],
  }).mappings(yesOrNo('saved', 'not saved')),
  stat({
    title: 'State of each login',
    description: 'reauthorization_required: somebody has to log in again.',
    width: 8,
    height: 5,
    unit: units.NoUnit,
    queries: [{ expr: `monzo_login_state${CHOSEN} == 1`, legend: '{{state}} {{user_id}}' }],
  }).textMode(BigValueTextMode.Name),
  stat({
    title: 'Version',
    description: 'What this exporter was built from, and what it runs on.',
    width: 4,
    height: 5,
    unit: units.NoUnit,
    queries: [
      {
        expr: `monzo_exporter_build_info${CHOSEN}`,
        legend: '{{version}} ({{revision}}), Node.js {{node_version}}',
      },
    ],
  }).textMode(BigValueTextMode.Name),
  stat({
    title: 'Consent left',
    description: 'Until Monzo ends the login and somebody has to log in again.',
    width: 6,
    height: 5,
    unit: units.Days,
    queries: [
      {
        expr: `(monzo_authorization_expiry_timestamp_seconds${CHOSEN} - time()) / ${DAY_SECONDS}`,
        legend: '{{user_id}}',
      },
    ],
  })
    .decimals(1)
    .thresholds(
      steps([
        ['red', null],
        ['orange', 7],
        ['green', 14],
      ]),
    ),
  stat({
    title: 'Access token left',
    description: 'It is refreshed half an hour before its end.',
    width: 6,
    height: 5,
    unit: units.Seconds,
    queries: [
      {
        expr: `monzo_access_token_expiry_timestamp_seconds${CHOSEN} - time()`,
        legend: '{{user_id}}',
      },
    ],
  }).decimals(1),
  stat({
    title: 'Since the last poll',
    description: 'However it went.',
    width: 6,
    height: 5,
    unit: units.Seconds,
    queries: [
      { expr: `time() - monzo_last_poll_timestamp_seconds${CHOSEN}`, legend: '{{user_id}}' },
    ],
  }).decimals(0),
  stat({
    title: 'Since the last success',
    description: 'After stale_after, five minutes unless set, the balances disappear.',
    width: 6,
    height: 5,
    unit: units.Seconds,
    queries: [
      {
        expr: `time() - monzo_last_successful_poll_timestamp_seconds${CHOSEN}`,
        legend: '{{user_id}}',
      },
    ],
  })
    .decimals(0)
    .thresholds(
      steps([
        ['green', null],
        ['red', 300],
      ]),
    ),
]
