import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common'
import * as units from '@grafana/grafana-foundation-sdk/units'
import { dayWords, rename, stat, steps, yesOrNo } from './panels.ts'
import { CHOSEN_EXPORTER as CHOSEN } from './query.ts'

const DAY_SECONDS = 86_400

/** States in words for people; what follows is whose. */
const STATES: readonly (readonly [regex: string, words: string])[] = [
  ['/^unauthorized /', 'Nobody has logged in'],
  ['/^awaiting_approval /', 'To be approved in the Monzo app: '],
  ['/^connected /', 'Connected: '],
  ['/^reauthorization_required /', 'Log in again: '],
]

function stateOfEachLogin() {
  const panel = stat({
    title: 'State of each login',
    description: 'Whether somebody has to do something.',
    width: 8,
    height: 5,
    unit: units.NoUnit,
    queries: [{ expr: `monzo_login_state${CHOSEN} == 1`, legend: '{{state}} {{user_id}}' }],
  }).textMode(BigValueTextMode.Name)
  for (const [regex, words] of STATES) panel.withTransformation(rename(regex, words))
  return panel
}

interface DaysLeft {
  readonly title: string
  readonly width: number
  readonly height: number
  /** The exporters that are looked at. */
  readonly chosen: string
  /** Whose; left out, only the number is shown. */
  readonly legend?: string
  /** Of several logins only the one that ends first. */
  readonly of?: 'min'
}

/** Whole days until Monzo ends a login; Grafana's own unit would make weeks of them. */
export const daysOfLoginLeft = ({ title, width, height, chosen, legend, of }: DaysLeft) =>
  stat({
    title,
    description: 'Until Monzo ends the login and somebody has to log in again.',
    width,
    height,
    unit: 'suffix:days',
    queries: [
      {
        expr: `floor(${of ?? ''}(monzo_authorization_expiry_timestamp_seconds${chosen} - time()) / ${DAY_SECONDS})`,
        legend: legend ?? 'The first to end',
      },
    ],
  })
    .textMode(legend === undefined ? BigValueTextMode.Value : BigValueTextMode.ValueAndName)
    .decimals(0)
    .mappings(dayWords)
    .thresholds(
      steps([
        ['text', null],
        ['red', -1e9],
        ['orange', 7],
        ['green', 14],
      ]),
    )

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
  stateOfEachLogin(),
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
  daysOfLoginLeft({
    title: 'Days of login left',
    width: 8,
    height: 5,
    chosen: CHOSEN,
    legend: '{{user_id}}',
  }),
  stat({
    title: 'Access token left',
    description: 'It is refreshed half an hour before its end.',
    width: 8,
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
    title: 'Since the last success',
    description: 'After stale_after, five minutes unless set, the balances disappear.',
    width: 8,
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
        ['text', null],
        ['green', -1e9],
        ['red', 300],
      ]),
    ),
]
