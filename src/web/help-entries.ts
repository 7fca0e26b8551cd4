/** A symptom, as people meet it, and what to do. */
interface HelpEntry {
  /** What they see. Words of the program itself stand in “…”. */
  readonly symptom: string
  /** Markdown, as far as `markdown.ts` knows it. Links that begin with "/" lead to the exporter's own pages. */
  readonly answer: string
}

export interface HelpSection {
  readonly title: string
  readonly entries: readonly HelpEntry[]
}

/** The page /assets/help; docs/troubleshooting.md is made of it, too. */
export const HELP: readonly HelpSection[] = [
  {
    title: 'Logging in',
    entries: [
      {
        symptom: 'Nobody is logged in, or Monzo wants a new login',
        answer: `1. On the [status page](/), enter the key (\`auth_key\`) and choose Authorize; or open the link that the exporter printed.
2. Enter your e-mail address at Monzo, and open the link in the mail.
3. In the Monzo app, tap **Allow access to your data**, and enter your PIN.

Monzo ends every login after about 90 days. No setting can change that.`,
      },
      {
        symptom: 'The link does not open: “This site can’t be reached”, “Unable to connect”',
        answer: `The link begins with \`redirect_uri\`. If that is \`http://127.0.0.1:8080\`, it only works in a browser on the machine that runs the exporter. From another machine, forward the port first, then open the link there:

\`\`\`sh
ssh -L 8080:127.0.0.1:8080 HOST
\`\`\`

\`HOST\` is the machine that runs the exporter. Other ways are in [docs/proxies.md](proxies.md).`,
      },
      {
        symptom: 'Monzo says “There was a problem sending you a magic link”',
        answer: `Nearly always, the redirect URL that the exporter sends is not one that is registered for your client. Monzo compares every character: \`http\` or \`https\`, \`localhost\` or \`127.0.0.1\`, the port, \`/callback\`, a slash at the end. Copy the redirect URL from the [status page](/) into your client at [developers.monzo.com](https://developers.monzo.com), or change \`redirect_uri\` and restart. A page that says Monzo **couldn’t identify who you’d like to connect** has the same cause, or a wrong \`client_id\`.

If the two are the same, try again later: Monzo also limits how many mails it sends.`,
      },
      {
        symptom: 'The mail’s link ends on a blank page, or on one that can’t be reached',
        answer: `The mail was opened on a device that can’t reach the exporter, often a phone: there, \`127.0.0.1\` is the phone. The address that it could not open begins with \`redirect_uri\` and ends in a code: copy it whole, and open it within ten minutes in the browser in which you began. Or start again, and open the mail in that browser.

If a page stays blank although the exporter can be reached there, a proxy or an add-on of the browser is in the way: the exporter always answers with a page.`,
      },
      {
        symptom: '“Is it you?” asks for the key',
        answer: `The mail was opened in another browser than the one that began. Nothing is wrong: enter the \`auth_key\`, and the login goes on.`,
      },
      {
        symptom: '“This login has expired”, “This login was already used”',
        answer: `A login must be finished within ten minutes, and every link from Monzo’s mail works once. Start again on the [status page](/). If the page says this at once, see whether somebody is logged in already.`,
      },
      {
        symptom: 'Nothing arrives in the Monzo app',
        answer: `Notifications are easily missed. Open the app: the request is in its feed, and under *Manage apps* in the settings. Make sure that the app belongs to the account whose e-mail address you entered. The exporter asks Monzo every few seconds, and goes on by itself once you have approved. After an hour without an approval it drops the login: start again.`,
      },
      {
        symptom: '403 for minutes',
        answer: `Until you have approved in the app, Monzo answers 403 to every call: **Waiting for approval**, not an error. Later, a 403 on all accounts means that Monzo’s consent has ended, or that you removed the access in the app; after five minutes the exporter asks for a new login. A 403 for one account, or for transactions only, costs only its values.`,
      },
      {
        symptom: '“That key is not right”, “Too many wrong keys”',
        answer: `The key is \`auth_key\` in \`config.toml\`. If it is not set, there is a new one at every start: it ends the link that the exporter printed last. After 10 wrong keys from your address, wait 15 minutes, or restart the exporter.`,
      },
      {
        symptom: '“The client is not confidential”, “Monzo does not accept the client”',
        answer: `At [developers.monzo.com](https://developers.monzo.com), make a new OAuth client with *Confidentiality* set to **Confidential**. Put its \`client_id\` and \`client_secret\` into the configuration, and restart. Copy the secret whole; it begins with \`mnzconf.\`.`,
      },
      {
        symptom: '“That was another account”',
        answer: `With \`account_id\`, only somebody who can see that account may log in. Log in as its owner, correct \`account_id\`, or remove it to export every account.`,
      },
      {
        symptom: 'It wants a new login every day, or after every restart',
        answer: `- A second program uses the same client: each new login ends the other one’s. Make a client for each.
- Two exporters share a login, for example with a copy of \`tokens.json\`: a refresh token works once. Stop one of them.
- \`tokens.json\` is not kept: in a container, its folder must be a volume; on a full or read-only disk the log says that tokens are only in memory.`,
      },
    ],
  },
  {
    title: 'Balances and graphs',
    entries: [
      {
        symptom: 'Balances have vanished, a graph has a gap',
        answer: `A value that could not be read for \`stale_after\` (five minutes) disappears, since it may be wrong by now: a gap is not a balance of 0. The [status page](/) and the log say why the last poll failed, and since when nothing is exported. If the last poll worked, [/stats](/stats) shows what Prometheus can scrape.`,
      },
      {
        symptom: '“no reply (ENOTFOUND)”, “no reply (ETIMEDOUT)” and the like',
        answer: `This machine can’t reach Monzo: the name service (\`ENOTFOUND\`, \`EAI_AGAIN\`), the network or a firewall (\`ETIMEDOUT\`, \`ECONNREFUSED\`, \`ENETUNREACH\`). The exporter goes on trying, and the login is not in danger. Behind a corporate proxy, set \`HTTPS_PROXY\`. \`SELF_SIGNED_CERT_IN_CHAIN\` and \`UNABLE_TO_GET_ISSUER_CERT_LOCALLY\` mean that something replaces Monzo’s certificate by its own: name its authority in \`NODE_EXTRA_CA_CERTS\`. \`CERT_NOT_YET_VALID\` is a wrong clock.`,
      },
      {
        symptom: '“but not from Monzo”',
        answer: `Something between this machine and Monzo answered instead: a firewall, a proxy, or the login page of a network. The exporter goes on trying, and keeps the login.`,
      },
      {
        symptom: 'An account, pots or spending are missing',
        answer: `Closed accounts and those without a balance (Flex, loans) are left out; the log names them. With \`account_id\` there is only that one. A category without spending this month has no value, and a month or a day that has just begun has none yet.`,
      },
      {
        symptom: 'The years before are missing',
        answer: `Monzo shows them only in the five minutes after a login, and only with \`history = true\`. Set it, restart, log in once more and approve. \`monzo-exporter history status\` says what is known.`,
      },
    ],
  },
  {
    title: 'Prometheus',
    entries: [
      {
        symptom: '“connection refused”, “context deadline exceeded”',
        answer: `Prometheus can’t reach the exporter. By default it listens on \`127.0.0.1\`, for its own machine only. A Prometheus elsewhere, or in a container, needs another \`server_addr\`, or \`metrics_addr = ":9036"\`, and then a \`stats_token\`. In a container, publish the port.`,
      },
      {
        symptom: '“EOF”, “server gave HTTP response to HTTPS client”',
        answer: `With \`tls_cert_file\` the exporter only speaks https, on \`metrics_addr\` as well: the scrape job needs \`scheme: https\`. Without it, \`scheme\` must be \`http\`.`,
      },
      {
        symptom: '“server returned HTTP status 401 Unauthorized”',
        answer: `\`stats_token\` is set: the scrape job needs \`authorization\` with \`credentials\`, the same token. The [status page](/) shows the scrape job to copy.`,
      },
      {
        symptom: '“server returned HTTP status 404 Not Found”',
        answer: `The scrape job lacks \`metrics_path: /stats\`, or asks a proxy, which should not hand out metrics: let it ask the exporter directly.`,
      },
      {
        symptom: '“server returned HTTP status 421 Misdirected Request”',
        answer: `An exporter that listens on \`127.0.0.1\` only answers to addresses, to names without a dot and to the host name in \`redirect_uri\`, since any web page could give itself that address. Use the address in the scrape job’s target.`,
      },
      {
        symptom: 'A dashboard says “nothing yet”, or has no data',
        answer: `Prometheus’ page *Status → Targets* says whether it scrapes the exporter, and why not. Above the dashboard, choose that Prometheus. The alerts need \`job_name: monzo\`; dashboards take any name. Prometheus keeps 15 days unless you start it with \`--storage.tsdb.retention.time=10y\`; whatever is compared with last month needs more.`,
      },
    ],
  },
  {
    title: 'It does not start',
    entries: [
      {
        symptom: '“is held by another instance”, exit code 75',
        answer: `Another exporter uses the same \`tokens.json\`; the message names its process. Stop it, or give this one its own \`tokens_file\` and its own login. After a crash the file is free within ten seconds. A command such as \`logout\` needs the exporter stopped.`,
      },
      {
        symptom: '“is in use”, exit code 69',
        answer: `Another program listens at that address, perhaps an exporter that you have forgotten. \`ss -ltnp\` names it. Or set another port in \`server_addr\`, and the same one in \`redirect_uri\` and at Monzo.`,
      },
      {
        symptom: '“Nothing is configured”, exit code 64',
        answer: `There is no \`config.toml\` in the folder in which you started it. Change to the folder, or name the file with \`--config\`. \`monzo-exporter init\` writes one.`,
      },
      {
        symptom: '“is still the placeholder from the example”, exit code 78',
        answer: `Replace every \`xxxx\` in \`config.toml\`; remove the line \`account_id\` to export every account. \`monzo-exporter check-config\` names all faults at once.`,
      },
      {
        symptom: '“is damaged”, “is not used, since it belongs to another user”',
        answer: `\`tokens.json\` can’t be read as it is, or somebody else may have written it. The exporter leaves it alone. Move it away and log in again, or follow the hint to make the file yours. An old backup does not help: its token is used up.`,
      },
      {
        symptom: '“can’t be written”, “New tokens are only in memory”',
        answer: `The folder of \`tokens.json\` is full, read-only, or belongs to somebody else. In a container, mount the folder, not the file alone. **Don’t restart the exporter before that is fixed**: it holds the only copy of the newest token.`,
      },
      {
        symptom: '“does not answer”, said of a disk',
        answer: `The folder of \`tokens.json\` comes over a network, and its server is gone, or a disk is failing. Nothing is lost: balances are read for as long as the present access token lasts, and all goes on once the disk answers. Until then only \`kill -9\` ends the exporter; that costs nothing either.`,
      },
    ],
  },
  {
    title: 'Something else',
    entries: [
      {
        symptom: 'None of the above',
        answer: `\`monzo-exporter doctor\` looks at everything that can keep the exporter from working, and says what to do. With \`log_level = "debug"\` the log says more; it never holds secrets. Then please open an issue, with both.

Every setting and metric, alerts, dashboards, and how to run it as a service or a container are described in the folder \`docs\` that comes with the program; Monzo’s API at [docs.monzo.com](https://docs.monzo.com/).`,
      },
    ],
  },
]
