import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { folder } from './folder.ts'

const BACKSLASH =
  'has a backslash, which means something else in double quotes: write it twice, or put the text in single quotes'
const CURLY = 'has typographic quotes here: use straight ones (")'
const LINE_END =
  'has line ends that TOML does not allow: save the file with Unix or Windows line ends'
const OPEN = 'has quotes that are not closed'
const OPEN_THREE = 'begins with three quotes that are not closed'
const BRACKET = 'has a bracket before this that is not closed, or lacks a comma'
const VALUE = 'expected a value here: a text in quotes, or true or false in small letters'
const SETTING = 'expected a setting here, as in poll_interval = "15s"'
const AFTER =
  'has something after the value: a text stands in quotes as a whole, and quotes inside it need a backslash'
const twice = (line: number) => `is set twice, first on line ${line}: keep one of the two`
const hidden = (code: string) => `has an invisible character here (${code}): remove it`

/** Each with the place and the sentence that follow the file's name. */
const files: readonly (readonly [toml: string, told: string])[] = [
  ['auth_key = "hunter2\\quest"', `1:21: ${BACKSLASH}`],
  ['auth_key = "hunter2\\"', `1:22: ${OPEN}`],
  ['tokens_file = "C:\\Users\\me\\tokens.json"', `1:20: ${BACKSLASH}`],
  ['pots = true\nauth_key = "\\u12G4"', `2:17: ${BACKSLASH}`],
  ['pots = true\nauth_key =\u00a0"hunter2"', `2:11: ${hidden('U+00A0')}`],
  ['\u200bauth_key = "hunter2"', `1:1: ${hidden('U+200B')}`],
  ['pots = true\n\ufeffauth_key = "hunter2"', `2:1: ${hidden('U+FEFF')}`],
  ['auth_key = "hunter\u00072"', `1:19: ${hidden('U+0007')}`],
  ['auth_key = “hunter2”', `1:12: ${CURLY}`],
  ['auth_key = ‘hunter2’', `1:12: ${CURLY}`],
  ['auth_key = "hunter2”', `1:21: ${OPEN}`],
  ['# of mine\r\r\nauth_key = "hunter2"', `1:10: ${LINE_END}`],
  ['pots = true\rauth_key = "hunter2"', `1:13: ${LINE_END}`],
  ['auth_key = "hunter2\npots = true', `1:20: ${OPEN}`],
  ["auth_key = 'hunter2", `1:20: ${OPEN}`],
  ['access_tokens = ["hunter2', `1:26: ${OPEN}`],
  ['auth_key = hunter2"', `1:12: ${VALUE}`],
  ['pots = true\nauth_key = """\nhunter2\npots = false', `2: auth_key: ${OPEN_THREE}`],
  ["auth_key = '''hunter2", `1: auth_key: ${OPEN_THREE}`],
  ['pots = true\npots = false', `2: pots: ${twice(1)}`],
  ['access_tokens = [\n"hunter2"\n]\n\naccess_tokens = [\n"a"]', `5: access_tokens: ${twice(1)}`],
  ['"auth_key" = "hunter2"\nauth_key = "hunter2"', `2: auth_key: ${twice(1)}`],
  ['[a]\nb = "x"\nb = "y"', `3: a.b: ${twice(2)}`],
  ['[a]\nb = 1\n[a]\nc = 1', `3: a: ${twice(1)}`],
  ['a = { b = 1 }\n[a]\nc = 1', `2: a: ${twice(1)}`],
  ['"a\\nb" = 1\n"a\\nb" = 2', `2: "a\\nb": ${twice(1)}`],
  ['pots = TRUE', `1:8: ${VALUE}`],
  ['pots = yes', `1:8: ${VALUE}`],
  ['auth_key = hunter2', `1:12: ${VALUE}`],
  ['auth_key =', `1:11: ${VALUE}`],
  ['poll_interval = 15s', `1:19: ${AFTER}`],
  ["auth_key = 'it's hunter2'", `1:16: ${AFTER}`],
  ['auth_key = "hunter2" # 1\nstats_token = "a"hunter2"', `2:18: ${AFTER}`],
  ['auth_key: "hunter2"', `1:9: ${SETTING}`],
  ['{"auth_key": "hunter2"}', `1:1: ${SETTING}`],
  ['pots = true\n<<<<<<< HEAD', `2:1: ${SETTING}`],
  ['mnzconf.hunter2', `1:16: ${SETTING}`],
  ['access_tokens = ["hunter2"\npots = true', `2:1: ${BRACKET}`],
  ['access_tokens = ["hunter2" "b"]', `1:28: ${BRACKET}`],
  ['access_tokens = [', `1:18: ${BRACKET}`],
  ['auth_key = 0x', '1:14: is not valid TOML here'],
]

describe('a config.toml that is no TOML', () => {
  for (const [toml, told] of files)
    it(`is told apart: ${JSON.stringify(toml)}`, async (t) => {
      const { refusal } = folder(t, { 'config.toml': toml })
      const { message } = await refusal()
      assert.equal(message, `config.toml:${told}`)
      assert.doesNotMatch(message, /hunter2/)
    })
  it('is told as a whole where the parser does not say the place', async (t) => {
    const { refusal } = folder(t, { 'config.toml': 'auth_key = 2026-13-45' })
    assert.equal((await refusal()).message, 'config.toml: is not valid TOML: look at its dates')
  })
})
