/**
 * Text of a file, without its byte-order mark. UTF-16, which PowerShell's `>` and some editors write,
 * is told by that mark, or by a zero byte beside the first character, which in JSON is ASCII.
 */
export function decodeText(bytes: Buffer): string {
  const [first, second] = bytes
  const isLittle = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0)
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0)
  const isWhole = bytes.length % 2 === 0 && bytes.length > 0
  const encoding = isWhole && isLittle ? 'utf-16le' : isWhole && isBig ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}
