import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from '@iarna/toml'
import { REFERENCES } from '../../scripts/references.ts'
import { GO_SETTINGS } from '../../src/config/go-settings.ts'
import { flagOptions, SETTING_KEYS } from '../../src/config/settings.ts'

for (const [path, render] of Object.entries(REFERENCES))
  it(`${path} is what scripts/generate-references.ts makes of the code`, () =>
    assert.equal(readFileSync(path, 'utf8'), render()))

describe('config.schema.json', () => {
  const schema = JSON.parse(readFileSync('config.schema.json', 'utf8'))
  const example = readFileSync('config.toml.example', 'utf8')

  it('knows every key of config.toml, explains it, and knows no other', () => {
    const keys = flagOptions().map(({ key }) => key)
    assert.deepEqual(Object.keys(schema.properties), keys)
    assert.equal(schema.additionalProperties, false)
    for (const { key, description } of flagOptions())
      assert.equal(schema.properties[key].description, description)
  })
  it('is named in the example, for editors', () => {
    assert.match(example, /^#:schema \.\/config\.schema\.json\n/)
  })
  it('allows all that the example shows, and the defaults', () => {
    const whole = parse(example.replaceAll(/^# (\w+ = )/gm, '$1'))
    for (const key of SETTING_KEYS) {
      const { type, pattern, enum: words, default: value } = schema.properties[key]
      for (const shown of [whole[key], value].filter((one) => one !== undefined)) {
        assert.equal(Array.isArray(shown) ? 'array' : typeof shown, type, key)
        if (pattern) assert.match(String(shown), new RegExp(pattern), key)
        if (words) assert.ok(words.includes(shown), key)
      }
    }
  })
  it('refuses typos, wrong types and impossible values', () => {
    const { poll_interval, server_addr, pots, log_level } = schema.properties
    assert.doesNotMatch('15', new RegExp(poll_interval.pattern))
    assert.doesNotMatch('15 s', new RegExp(poll_interval.pattern))
    assert.doesNotMatch('8080', new RegExp(server_addr.pattern))
    assert.equal(pots.type, 'boolean')
    assert.deepEqual(log_level.enum, ['debug', 'info', 'warn', 'error'])
  })
})

describe('docs/from-the-go-exporter.md', () => {
  const page = readFileSync('docs/from-the-go-exporter.md', 'utf8')
  it('translates every flag and variable of that program', () => {
    for (const { flag, variable, key = 'nothing' } of GO_SETTINGS)
      assert.match(page, new RegExp(`^\\| \`${flag}=.*\`${variable}\` \\| .*${key}`, 'm'))
  })
})
