import { parseJson } from '../../lib/json.ts'
import type { Chance } from '../bank/chance.ts'
import { createId } from '../bank/ids.ts'

/** Access token (`at`), refresh token (`rt`), authorization code (`azc`). */
export type TokenType = 'at' | 'rt' | 'azc'

const JTI_PREFIX: Readonly<Record<TokenType, string>> = {
  at: 'acctok',
  rt: 'reftok',
  azc: 'authzcode',
}
const HEADER = encode(JSON.stringify({ alg: 'ES256', typ: 'JWT' }))
const SIGNATURE_BYTES = 64

/** @returns a token that looks like Monzo's JWTs, without `exp`. The signature is made up. */
export function createTokenText(type: TokenType, chance: Chance): string {
  const jti = createId(JTI_PREFIX[type], chance)
  const payload = { eb: bytes(12, chance).toString('base64'), jti, typ: type, v: '6' }
  const signature = bytes(SIGNATURE_BYTES, chance).toString('base64url')
  return `${HEADER}.${encode(JSON.stringify(payload))}.${signature}`
}

/** Whether text has the form of our tokens: our header, and three parts. */
export const looksLikeToken = (text: string): boolean =>
  text.startsWith(`${HEADER}.`) && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)

/** A token's `jti`, such as `reftok_0000…`; empty for other text. */
export function tokenIdOf(text: string): string {
  const payload = parseJson(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
  const hasId = typeof payload === 'object' && payload !== null && 'jti' in payload
  return hasId && typeof payload.jti === 'string' ? payload.jti : ''
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

const bytes = (length: number, chance: Chance): Buffer =>
  Buffer.from(Array.from({ length }, () => Math.floor(chance() * 256)))
