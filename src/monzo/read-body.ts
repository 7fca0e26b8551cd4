import type { HttpReply } from './http-fetch.ts'

/**
 * Reads a whole body as UTF-8, giving up on one that is too long before it fills the memory.
 * @returns `undefined` when it is longer than `maxBytes`.
 */
export async function readBody(
  response: Pick<HttpReply, 'body'>,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  if (!response.body) return ''
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) return undefined // leaving the loop cancels the stream
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
