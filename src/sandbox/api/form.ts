/**
 * Parses a form body in the two encodings that Monzo reads.
 * @param contentType the header, with its boundary.
 * @returns no fields for any other type, such as JSON.
 */
export async function parseForm(
  contentType: string | undefined,
  body: Uint8Array,
): Promise<URLSearchParams> {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded')
    return new URLSearchParams(Buffer.from(body).toString())
  const fields = new URLSearchParams()
  if (type !== 'multipart/form-data') return fields
  try {
    const headers = { 'content-type': contentType ?? '' }
    const form = await new Response(body, { headers }).formData()
    for (const [name, value] of form) if (typeof value === 'string') fields.append(name, value)
  } catch {
    return new URLSearchParams() // damaged: treated as empty
  }
  return fields
}
