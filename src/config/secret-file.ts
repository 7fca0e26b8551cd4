import { resolve } from 'node:path'
import { readTextFile } from './config-file.ts'
import { type Result, refuse } from './fault.ts'

/**
 * The secret in a file, one trailing line break removed. A fault names the file.
 * @param name as given, relative to `folder`.
 */
export function readSecretFile(name: string, folder: string): Result<string> {
  const path = resolve(folder, name)
  const isSecret = looksLikeSecret(name)
  const shown = isSecret ? 'the file it names' : path
  const advice = isSecret ? '; it wants the name of a file, not the secret' : ''
  const file = readTextFile(path)
  if ('faults' in file)
    return {
      faults: file.faults.map(({ message }) => ({ message: `${shown} ${message}${advice}` })),
    }
  const value = file.value.replace(/\r?\n$/, '')
  return value.trim() === '' ? refuse(`${shown} is empty`) : { value }
}

/** Some people put the secret itself where the name of its file belongs. It must not be shown. */
function looksLikeSecret(name: string): boolean {
  if (/^(?:mnz|eyJ|oauth2client)/.test(name)) return true
  const isFromRoot = /^(?:[a-z]:)?[./\\]/i.test(name)
  const isWords = /^[a-z_/\\-]{1,40}$/.test(name)
  return !(isFromRoot || isWords || /\.[a-z]{2,5}$/.test(name))
}
