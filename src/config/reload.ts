import { aboutSetting, type Config, SETTING_KEYS, type SettingKey } from './settings.ts'

/** What becomes of a running exporter whose configuration was read again. */
export interface Reload {
  /** To go on with: the new values of what can change while it runs, the old ones of the rest. */
  readonly config: Config
  /** What is different now, in the order of the table. */
  readonly taken: readonly SettingKey[]
  /** What was changed and needs a restart, in the order of the table. */
  readonly waiting: readonly SettingKey[]
}

/**
 * Pure. Whether a setting can change while the exporter runs is a column of the table.
 * @param running what it runs with. @param read what the layers say now, whole and without faults.
 */
export function planReload(running: Config, read: Config): Reload {
  const changed = SETTING_KEYS.filter((key) => !isSame(running[key], read[key]))
  const taken = changed.filter(isLive)
  const values = Object.fromEntries(taken.map((key) => [key, read[key]]))
  return {
    config: { ...running, ...values },
    taken,
    waiting: changed.filter((key) => !isLive(key)),
  }
}

export const isLive = (key: SettingKey): boolean => aboutSetting(key).isLive === true

/** As text, since Node 20 finds all URLs equal that differ only within. */
const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)
