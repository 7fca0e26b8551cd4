import { aboutSetting } from '../config/settings.ts'
import { AppError } from '../lib/errors.ts'
import { withoutSlash } from '../lib/url.ts'
import { SANDBOX_CLIENT, startSandbox } from '../sandbox/sandbox.ts'
import { type CommandContext, type Flags, say, untilEnded } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'

const REDIRECT_URI = String(aboutSetting('redirect_uri').default)

/** Runs only the simulated Monzo, until it is told to stop. */
export async function sandbox(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { clock, stdout } = context
  const base = redirectUriIn(flags)
  const ports = {
    auth: portIn(flags, 'auth_port'),
    api: portIn(flags, 'api_port'),
    admin: portIn(flags, 'admin_port'),
  }
  const seed = numberIn(flags, 'seed', 1, 2 ** 31 - 1)
  const client = {
    ...SANDBOX_CLIENT,
    redirectUris: [`${base}/callback`, `${base}/token/callback`],
  }
  const running = await startSandbox({
    clock,
    seed,
    ports,
    clients: [client],
    host: String(flags['host'] ?? '127.0.0.1'),
  })
  const { authUrl, apiUrl, adminUrl } = running
  for (const line of [
    'This is a simulated Monzo. Nothing in it is real.',
    '',
    `Login pages: ${authUrl} (mail at ${authUrl}/mail, the phone at ${authUrl}/phone)`,
    `API:         ${apiUrl}`,
    `Admin API:   ${adminUrl} (GET /scenarios lists what can be played)`,
    `Clock:       ${new Date(clock.now()).toISOString()}`,
    `             curl -d '{"ms":86400000}' ${adminUrl}/clock/advance moves it on by a day`,
    '',
    'For an exporter, in config.toml:',
    '',
    `client_id = "${client.clientId}"`,
    `client_secret = "${client.clientSecret}"`,
    `redirect_uri = "${base}"`,
    `monzo_api_url = "${apiUrl}"`,
    `monzo_auth_url = "${authUrl}"`,
    '',
    'Ctrl-C ends it.',
  ])
    say(stdout, line)
  await untilEnded(context)
  await running.stop()
  return EXIT.ok
}

const portIn = (flags: Flags, key: string): number => numberIn(flags, key, 0, 65_535)

/** @returns `least` when the flag is absent, which the sandbox takes as "any" or as its default. */
function numberIn(flags: Flags, key: string, least: number, most: number): number {
  const text = String(flags[key] ?? least)
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && number <= most) return number
  throw misused(`--${key.replace('_', '-')} must be a number from ${least} to ${most}`)
}

function redirectUriIn(flags: Flags): string {
  const text = String(flags['redirect_uri'] ?? REDIRECT_URI)
  if (!/^https?:\/\/[^?#\s]+$/i.test(text) || !URL.canParse(text))
    throw misused('--redirect-uri must be an address that starts with "http://" or "https://"')
  return withoutSlash(text)
}

const misused = (message: string) =>
  new AppError('USAGE', message, { hint: 'Run `monzo-exporter sandbox --help` to see its flags.' })
