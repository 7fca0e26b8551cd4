const ELF64_LITTLE_ENDIAN = '\x7fELF\x02\x01'
// Offsets of fields in the ELF header and, the last two, in a program header.
const PROGRAM_HEADERS_AT = 32
const SECTION_HEADERS_AT = 40
const PROGRAM_HEADER_BYTES = 54
const PROGRAM_HEADERS = 56
const SECTIONS = 60
const SECTION_NAMES = 62
const SEGMENT_AT = 8
const SEGMENT_BYTES = 32

/**
 * Removes everything that no program header covers: symbols, debug information and the section
 * table, which only linkers and debuggers read. Unlike `strip`, it works for any architecture.
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
 */
export function stripExecutable(file: Buffer): Buffer {
  if (file.toString('latin1', 0, 6) !== ELF64_LITTLE_ENDIAN)
    throw new Error('not an executable for a 64-bit Linux')
  const headersAt = Number(file.readBigUInt64LE(PROGRAM_HEADERS_AT))
  const headerBytes = file.readUInt16LE(PROGRAM_HEADER_BYTES)
  const headersEnd = headersAt + headerBytes * file.readUInt16LE(PROGRAM_HEADERS)
  let end = headersEnd
  for (let at = headersAt; at < headersEnd; at += headerBytes) {
    const segmentAt = Number(file.readBigUInt64LE(at + SEGMENT_AT))
    end = Math.max(end, segmentAt + Number(file.readBigUInt64LE(at + SEGMENT_BYTES)))
  }
  const stripped = Buffer.from(file.subarray(0, end))
  stripped.writeBigUInt64LE(0n, SECTION_HEADERS_AT)
  stripped.writeUInt16LE(0, SECTIONS)
  stripped.writeUInt16LE(0, SECTION_NAMES)
  return stripped
}
