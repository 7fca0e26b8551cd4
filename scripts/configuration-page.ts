import { GO_SETTINGS } from '../src/config/go-settings.ts'
import { isLive } from '../src/config/reload.ts'
import {
  aboutSetting,
  envName,
  fileKey,
  flagName,
  SETTING_KEYS,
  type SettingKey,
} from '../src/config/settings.ts'

/** docs/configuration.md: every setting with its names, default and meaning. */
export function renderConfigurationPage(): string {
  return `# Configuration

<!-- Generated from src/config/settings.ts by scripts/generate-references.ts. Do not edit. -->

Every setting has three names: a key in \`config.toml\`, an environment variable, and a flag. They
form layers, and a later one wins:

1. the defaults,
2. \`config.toml\` in the working directory, or the file that \`--config\` or
   \`MONZO_EXPORTER_CONFIG\` names,
3. the environment,
4. flags.

\`config.toml.example\` has every setting with its explanation. \`monzo-exporter init\` asks for the
everyday ones and writes the file; \`monzo-exporter check-config\` reads it all and says what is
wrong, with file and line (\`monzo-exporter\` is [the command](../README.md#the-command)). Editors that know JSON schemas complete and check \`config.toml\` when its
first line is \`#:schema ./config.schema.json\` and that file lies beside it.

- **Durations** are written as in Prometheus: \`15s\`, \`5m\`, \`1h30m\`.
- **Switches** are \`true\` or \`false\`; as flags also \`--pots\` and \`--no-pots\`.
- **Lists** are arrays in TOML, and separated by commas elsewhere.
- **Tables** are \`{ id = "name" }\` in TOML, or a section \`[account_names]\` at the end of the file;
  elsewhere \`id=name\`, separated by commas, so that a name with a comma can only stand in the file.
- **Paths** in \`config.toml\` are relative to that file, elsewhere to the working directory.
- **Secrets** (${secretKeys().map(code).join(', ')}) can stand in a file
  of their own, one line break at its end removed: \`client_secret_file = "/run/secrets/monzo"\`,
  \`MONZO_EXPORTER_CLIENT_SECRET_FILE\`, \`--client-secret-file\`. Not in one layer beside the value
  itself. As a flag, a secret shows in \`ps\`: better not.
- **Values stand alone.** Quotes that a shell would have removed (docker's \`--env-file\` and a
  secret's file keep them), the name of the setting in front (\`CLIENT_SECRET=…\`), base64, spaces
  at either end and characters that don't show are errors that say so. A byte-order mark at the
  beginning of a file is dropped.

## Every setting

| Key | Environment | Flag | Default | Meaning |
|---|---|---|---|---|
${SETTING_KEYS.flatMap(rowsOf).join('\n')}

## Changing settings while it runs

On SIGHUP (\`systemctl reload monzo-exporter\`, \`kill -HUP\`) the exporter reads all layers again,
and the files that hold secrets. Nobody is logged out, and no poll is lost. The new values of these
are used at once:
${keysThat(isLive)}.

Any other change takes a restart. The log names the settings that wait for one, and goes on
naming them at each SIGHUP until then:
${keysThat((key) => !isLive(key))}.

A faulty configuration changes nothing at all: every fault is logged, as \`monzo-exporter
check-config\` prints it. Flags and environment variables of a running program can't be changed,
only the files they name. A key that is random (\`auth_key\` not set) stays the same; where one
takes another's place, the new link is printed if somebody has to log in. Renewed certificates
in \`tls_cert_file\` and \`tls_key_file\` need no signal: they are looked at every minute.

## Through a proxy

Monzo is called through the HTTP proxy that \`HTTPS_PROXY\` names (or \`https_proxy\`, which wins):
\`http://host:port\`, or \`http://user:password@host:port\` with %-escapes for odd characters.
\`NO_PROXY\` lists what is called directly, separated by commas: names, with all names below
them (\`monzo.com\`), addresses, CIDR ranges, each with or without a port, or \`*\`. \`HTTP_PROXY\` only matters
for a simulated Monzo at a plain http address. The proxy sees no more than the names of Monzo's hosts.
If it replaces certificates by its own, name their authority in \`NODE_EXTRA_CA_CERTS\`.
\`monzo-exporter doctor\` says which proxy is used. These variables take effect at the next start.

## The Go exporter's flags and variables

Those of [tlwr/monzo-exporter](https://github.com/tlwr/monzo-exporter) work unchanged, in the same
layers. When any is used, its defaults hold, \`/token/callback\` stands behind the redirect URL,
and \`/token/start\` is \`/authorize\`: see [From the Go exporter](from-the-go-exporter.md).
The defaults are ${goDefaults()}.

| Flag | Environment | Sets | Meaning |
|---|---|---|---|
${GO_SETTINGS.map(({ flag, variable, key, description }) =>
  row([code(flag), code(variable), key === undefined ? '–' : code(key), cell(description)]),
).join('\n')}
`
}

const keysThat = (holds: (key: SettingKey) => boolean): string =>
  SETTING_KEYS.filter(holds).map(code).join(', ')

const secretKeys = (): readonly SettingKey[] =>
  SETTING_KEYS.filter((key) => aboutSetting(key).isSecret)

const goDefaults = (): string =>
  SETTING_KEYS.flatMap((key) => {
    const { goDefault: value } = aboutSetting(key)
    return value === undefined ? [] : [code(`${key} = ${JSON.stringify(value)}`)]
  }).join(', ')

function rowsOf(key: SettingKey): readonly string[] {
  const { description, default: value, isSecret = false } = aboutSetting(key)
  const own = [names(key), defaultOf(value), cell(description)].flat()
  const inFile = [names(fileKey(key)), '–', `A file that holds ${code(key)}.`].flat()
  return isSecret ? [row(own), row(inFile)] : [row(own)]
}

const names = (key: string): readonly string[] => [key, envName(key), flagName(key)].map(code)

const defaultOf = (value: unknown): string =>
  value === undefined ? '–' : code(JSON.stringify(value))

const code = (text: string): string => `\`${text}\``
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`)
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
