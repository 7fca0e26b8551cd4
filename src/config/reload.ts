import { aboutSetting, type Config, SETTING_KEYS, type SettingKey } from './settings.ts'

/** What a running exporter does with a configuration that was read again. */
export interface Reload {
  /** New values where they can change while it runs, old ones everywhere else. */
  readonly config: Config
  /** What changes now, in the order of the table. */
  readonly taken: readonly SettingKey[]
  /** What changes with the next start, in the order of the table. */
  readonly waiting: readonly SettingKey[]
}

/**
 * Pure. The table says which settings can change while the exporter runs (`isLive`).
 * @param running what it runs with. @param read what the layers say now.
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

/** As text: for Node 20, all URL objects are deeply equal. */
const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)
