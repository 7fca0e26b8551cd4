const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EAI_AGAIN: 'its name could not be looked up; is there a network?',
  ENOTFOUND: 'its name is not known; is there a network, and DNS?',
  EHOSTUNREACH: 'there is no way there',
  ENETUNREACH: 'there is no network',
  UND_ERR_CONNECT_TIMEOUT: 'there was no answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired; is the clock right?',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; is the clock right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted; does a proxy stand in between?',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted; does a proxy stand in between?',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted; are CA certificates missing?',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted; are CA certificates missing?',
}

/** Why a request got no reply, in plain words. Looks for the cause behind fetch's "fetch failed". */
export function networkErrorInWords(error: unknown): string {
  if (!(error instanceof Error)) return 'there was no answer'
  if (error.name === 'TimeoutError') return 'there was no answer in time'
  const code = 'code' in error ? String(error.code) : undefined
  if (code === undefined) return networkErrorInWords(error.cause)
  return `${WORDS[code] ?? 'there was no answer'} (${code})`
}
