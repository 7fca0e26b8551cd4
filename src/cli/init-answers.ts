import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseAddress } from '../config/address.ts'
import { callbackUrlOf } from '../config/callback.ts'
import { isConfidential, isOldClient } from '../config/credentials.ts'
import {
  besideFault,
  type Fault,
  faultsOf,
  type Origin,
  type Result,
  refuse,
  renderFaults,
} from '../config/fault.ts'
import { type NewLine, readAnswer } from '../config/new-file.ts'
import { readSecretFile } from '../config/secret-file.ts'
import {
  aboutSetting,
  fileKey,
  flagName,
  SETTING_KEYS,
  type SettingKey,
} from '../config/settings.ts'
import { AppError } from '../lib/errors.ts'
import { localOrigin } from '../lib/url.ts'
import { type CommandContext, type Flags, say } from './context.ts'
import { createPrompt } from './prompt.ts'

/** The settings collected so far, to be written to the file. */
export type Answers = ReadonlyMap<SettingKey, NewLine>

const KEY_BYTES = 24 // 192 bits, 32 characters: too long to guess, short enough to copy

/** @throws {AppError} CONFIG_INVALID for invalid flags. */
export function answersInFlags(flags: Flags, cwd: string): Answers {
  const answers = new Map<SettingKey, NewLine>()
  const faults: Fault[] = []
  for (const key of SETTING_KEYS.filter((one) => aboutSetting(one).isEveryday)) {
    const [value, file] = [flags[key], flags[fileKey(key)]]
    const origin: Origin = { layer: 'flags', name: flagName(key), folder: cwd }
    const fileOrigin = { ...origin, name: flagName(fileKey(key)) }
    if (value !== undefined && file !== undefined) {
      faults.push(besideFault(fileOrigin, origin))
    } else if (value !== undefined) {
      const result = readNew(key, String(value), answers)
      faults.push(...faultsOf(result, origin))
      answers.set(key, lineOf(key, String(value)))
    } else if (file !== undefined) {
      const secret = readSecretFile(String(file), cwd)
      const result = 'value' in secret ? readNew(key, secret.value, answers) : secret
      faults.push(...faultsOf(result, fileOrigin))
      answers.set(key, { key, isInFile: true, value: resolve(cwd, String(file)) })
    }
  }
  if (faults.length === 0) return answers
  throw new AppError('CONFIG_INVALID', renderFaults(faults), {
    hint: 'Correct the flags named above; nothing was written.',
  })
}

/** `config.toml` may have a secret that looks otherwise; who is asked for one can still copy it again. */
function readNew(key: SettingKey, text: string, answers: Answers): Result<unknown> {
  if (key === 'history')
    return yesOrNo(text) === undefined ? refuse('expected yes or no') : { value: text }
  const read = readAnswer(key, text)
  const isAsExpected =
    key !== 'client_secret' ||
    isConfidential(text) ||
    isOldClient(String(answers.get('client_id')?.value))
  if ('faults' in read || isAsExpected) return read
  return refuse('expected the secret of a confidential client: it starts with "mnzconf."')
}

const yesOrNo = (text: string): boolean | undefined => {
  if (/^(?:y|yes|true)$/i.test(text)) return true
  return /^(?:n|no|false)$/i.test(text) ? false : undefined
}

const lineOf = (key: SettingKey, text: string): NewLine => ({
  key,
  value: key === 'history' ? yesOrNo(text) === true : text,
})

/** @throws {AppError} USAGE when a setting without a default is missing. */
export function withDefaults(given: Answers): Answers {
  const missing = (['client_id', 'client_secret'] as const).filter((key) => !given.has(key))
  if (missing.length > 0)
    throw new AppError(
      'USAGE',
      `init can only ask at a terminal, and without one it needs ${missing.map(flagName).join(' and ')}`,
      { hint: 'A secret is better given by --client-secret-file; other settings have defaults.' },
    )
  const answers = new Map(given)
  for (const key of ['server_addr', 'redirect_uri', 'auth_key', 'history'] as const)
    if (!answers.has(key)) answers.set(key, lineOf(key, defaultOf(key, answers)))
  return inOrder(answers)
}

const QUESTIONS: readonly (readonly [key: SettingKey, question: string])[] = [
  ['server_addr', 'Address to listen on'],
  ['redirect_uri', 'Its address in your browser, without /callback'],
  ['client_id', 'Client id'],
  ['client_secret', 'Client secret (not shown as you type)'],
  ['account_id', 'Account id (empty: every account)'],
  ['history', 'Keep the years that Monzo shows only right after a login (yes or no)'],
]

/** @param path of the file to be. @returns `undefined` when the person gave up. */
export async function askForTheRest(
  context: CommandContext,
  given: Answers,
  path: string,
): Promise<Answers | undefined> {
  const { stdout } = context
  for (const line of introduction(path)) say(stdout, line)
  const answers = new Map(given)
  const prompt = createPrompt(context)
  try {
    for (const [key, question] of QUESTIONS) {
      if (answers.has(key)) continue
      if (key === 'client_id') for (const line of portalSteps(answers)) say(stdout, line)
      const preset = defaultOf(key, answers)
      const shown = preset === '' ? `${question}: ` : `${question} [${preset}]: `
      for (;;) {
        const typed = await prompt.ask(shown, { isSecret: aboutSetting(key).isSecret ?? false })
        if (typed === undefined) return undefined
        const value = typed === '' ? preset : typed
        const isSkipped = value === '' && key === 'account_id'
        if (isSkipped) break
        const [fault] = faultsOf(readNew(key, value, answers))
        if (!fault) {
          answers.set(key, lineOf(key, value))
          break
        }
        say(stdout, `It ${fault.message}.`.replace(/^It (?=expected)/, 'That is not it: '))
      }
    }
  } finally {
    prompt.close()
  }
  return withDefaults(answers)
}

const introduction = (path: string): readonly string[] => [
  'This sets up the Monzo exporter: it asks a few questions, and writes a file that',
  `only you can read, ${path}.`,
  'Nothing is sent anywhere. Ctrl-C ends it without writing anything.',
  '',
  'Have a browser ready, and sign in at https://developers.monzo.com: you will make',
  'an OAuth client there, and copy its id and its secret.',
  '',
  'Enter takes the answer in [brackets].',
  '',
]

/** The steps to take at the developer portal, once the redirect URL is known. */
function portalSteps(answers: Answers): readonly string[] {
  const redirect_uri = new URL(String(answers.get('redirect_uri')?.value))
  return [
    '',
    'At https://developers.monzo.com choose Clients, then New OAuth Client:',
    '  Name:            any will do',
    `  Confidentiality: Confidential`,
    `  Redirect URLs:   ${callbackUrlOf({ redirect_uri, go_mode: false })}`,
    'Then copy its id and its secret.',
    '',
  ]
}

/** The default answer; `''` if there is none. */
function defaultOf(key: SettingKey, answers: Answers): string {
  if (key === 'auth_key') return randomBytes(KEY_BYTES).toString('base64url')
  if (key === 'redirect_uri') return defaultUrl(String(answers.get('server_addr')?.value))
  if (key === 'history') return 'yes' // what Monzo tells in those minutes can't be had later
  return String(aboutSetting(key).default ?? '')
}

/** The URL under which a browser on this machine reaches that address. */
function defaultUrl(serverAddr: string): string {
  const address = parseAddress(serverAddr)
  if (!address || address.port === 0) return String(aboutSetting('redirect_uri').default)
  return localOrigin('http', address)
}

const inOrder = (answers: Answers): Answers =>
  new Map([...answers].sort(([one], [other]) => rank(one) - rank(other)))

const rank = (key: SettingKey): number => SETTING_KEYS.indexOf(key)
