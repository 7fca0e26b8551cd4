import { syncBuiltinESMExports } from 'node:module'
import zlib from 'node:zlib'

let underWay = 0
const { gzip } = zlib
zlib.gzip = ((...given: Parameters<typeof gzip>) => {
  const done = given.pop() as zlib.CompressCallback
  underWay++
  gzip(given[0], given[1] as zlib.ZlibOptions, (error, result) => {
    underWay--
    done(error, result)
  })
}) as typeof gzip
syncBuiltinESMExports()

/** Whether a thread is compressing, as it does with a large exposition. Node itself doesn't tell. */
export const isCompressing = (): boolean => underWay > 0
