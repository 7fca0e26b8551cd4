import type { RequestHandler } from 'express'
import type { LoginStatus } from '../login/login-flow.ts'
import { progressInWords } from './status-words.ts'

/**
 * GET /login/<id>: the state of a login as JSON, how far reading its history is, and nothing else.
 * @param watch also tells the poller that a person is waiting.
 */
export function loginRoute(watch: (id: string) => LoginStatus | undefined): RequestHandler {
  return (request, response, next) => {
    const login = watch(String(request.params['id']))
    if (!login) return next()
    response.json({ state: login.state, progress: progressInWords(login) })
  }
}
