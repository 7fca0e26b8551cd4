import {
  aboutSetting,
  fileKey,
  SETTING_KEYS,
  SETTINGS,
  type SettingKey,
} from '../src/config/settings.ts'

/** What editors can check while a person types. The exporter itself is stricter. */
const PATTERNS: Readonly<Record<string, string>> = {
  DURATION: String.raw`^(\d+(y|w|d|h|m|s|ms))+$`,
  'HOST:PORT': String.raw`:\d{1,5}$`,
  URL: '^https?://',
}

/** JSON schema of config.toml, in the newest draft that the TOML editors know. */
export function renderConfigSchema(): string {
  const secrets = SETTING_KEYS.filter((key) => aboutSetting(key).isSecret)
  const properties = SETTING_KEYS.flatMap((key): readonly (readonly [string, object])[] => {
    const own = [key, property(key)] as const
    return secrets.includes(key) ? [own, [fileKey(key), fileProperty(key)]] : [own]
  })
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of the Monzo exporter',
    description: 'config.toml. Environment variables and flags can set the same things.',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(properties),
    allOf: secrets.map((key) => ({ not: { required: [key, fileKey(key)] } })),
  }
  return `${shortArraysInline(JSON.stringify(schema, null, 2))}\n`
}

function property(key: SettingKey): object {
  const { description, default: value, valueName } = aboutSetting(key)
  const { type, items, additionalProperties, enum: words } = SETTINGS[key].schema
  const pattern = PATTERNS[valueName]
  // What is undefined leaves no trace in JSON.
  return {
    description,
    type,
    items,
    additionalProperties,
    enum: words,
    pattern,
    default: value,
  }
}

const fileProperty = (key: SettingKey): object => ({
  description: `A file that holds ${key}.`,
  type: 'string',
})

/** As the formatter has them. */
function shortArraysInline(json: string): string {
  return json.replaceAll(/\[\s+((?:"[^"]*",?\s*)+)\]/g, (_, items: string) => {
    return `[${items.trim().replaceAll(/\s*\n\s*/g, ' ')}]`
  })
}
