import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { Refusal } from '../errors.ts'
import type { World } from '../world.ts'
import { ADMIN_ROUTES } from './admin-routes.ts'
import { BadRequest, fieldsOf } from './fields.ts'

/** The admin port: lets tests, or a person with curl, control the simulated Monzo. */
export function createAdminApp(world: World): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(express.json({ type: () => true })) // curl labels JSON as a form by default
  for (const { method, path, run } of ADMIN_ROUTES)
    app[method](path, (request: Request<Record<string, string>>, response: Response) => {
      const body: unknown = request.body
      response.json(run(world, fieldsOf(body), request.params) ?? {})
    })
  app.use((_request, response) => {
    const routes = ADMIN_ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    response.status(404).json({ error: 'there is no such thing', routes })
  })
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    const status = statusOf(error)
    if (status === undefined) return next(error)
    response.status(status).json({ error: error instanceof Error ? error.message : '' })
  })
  return app
}

/** The status for a caller's mistake; `undefined` for a bug of ours. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof BadRequest || error instanceof RangeError) return 400
  if (error instanceof Refusal || error instanceof SyntaxError) return 400
  return undefined
}
