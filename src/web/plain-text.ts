import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** What pages send as well (`security-headers.ts`): keep nothing, and show it in no other page. */
export const PLAIN_HEADERS: Readonly<OutgoingHttpHeaders> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Sends one sentence as plain text: to machines, and where there are no pages. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...PLAIN_HEADERS,
    ...headers,
  })
  response.end(text) // node drops the body of a HEAD
}
