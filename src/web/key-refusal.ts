import type { Response } from 'express'
import { type KeyForm, renderKeyForm } from './key-form.ts'
import type { Verdict } from './key-gate.ts'
import type { Site } from './layout.ts'
import { describeDistance } from './moment.ts'
import { sendNotice } from './notice.ts'

/** Answers whoever may not pass: 401 with a form to try again, 429 when there were too many tries. */
export function refuseKey(
  response: Response,
  site: Site,
  verdict: Exclude<Verdict, { kind: 'right' }>,
  form: KeyForm,
): void {
  if (verdict.kind === 'blocked') {
    response.set('retry-after', String(verdict.retryAfterSeconds))
    sendNotice(response, site, {
      status: 429,
      title: 'Too many wrong keys',
      message: `Try again ${describeDistance(verdict.retryAfterSeconds * 1000)}`,
      hint: 'Until then no key is taken from your address.',
    })
    return
  }
  const isWrong = verdict.kind === 'wrong'
  sendNotice(response, site, {
    status: 401,
    title: isWrong ? 'That key is not right' : 'Which key?',
    message: isWrong ? undefined : 'Whoever has the key may log this exporter in at Monzo',
    action: renderKeyForm({ ...form, isWrong }),
  })
}
