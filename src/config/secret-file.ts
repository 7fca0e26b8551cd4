import { resolve } from 'node:path'
import { readTextFile } from './text-file.ts'

/**
 * The secret in a file, one trailing line break removed.
 * @param name as given, relative to `folder`.
 * @returns or what is wrong, naming the file.
 */
export function readSecretFile(
  name: string,
  folder: string,
): { readonly value: string } | { readonly message: string } {
  const path = resolve(folder, name)
  const shown = looksLikeSecret(name) ? 'the file it names' : path
  const file = readTextFile(path)
  if ('problem' in file) {
    const advice = looksLikeSecret(name) ? '; it wants the name of a file, not the secret' : ''
    return { message: `${shown} ${file.problem}${advice}` }
  }
  const value = file.text.replace(/\r?\n$/, '')
  return value.trim() === '' ? { message: `${shown} is empty` } : { value }
}

/** People do write the secret itself where its file's name belongs. Then it must not be shown. */
function looksLikeSecret(name: string): boolean {
  if (/^(?:mnz|eyJ|oauth2client)/.test(name)) return true
  const isFromRoot = /^(?:[a-z]:)?[./\\]/i.test(name)
  const isWords = /^[a-z_/\\-]{1,40}$/.test(name)
  return !(isFromRoot || isWords || /\.[a-z]{2,5}$/.test(name))
}
