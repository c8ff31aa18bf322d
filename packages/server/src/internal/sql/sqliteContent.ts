/**
 * Checks that the files of SQLite hold what SQLite left there. A file that another program overwrites or cuts off (`cp
 * backup store.sqlite`) keeps its inode, and SQLite goes on as if nothing had been.
 *
 * The index of the log (`-shm`) says what must hold for every writer through SQLite. The log (`-wal`) reaches as far as
 * the index says and ends with the checksum in the index. The file is written only while the log is moved into it,
 * which the index tells of before and after.
 */

/** The index's view of the log. */
export interface LogIndex {
  /** The number of committed pages, and the bytes of each. */
  readonly frames: number
  readonly pageBytes: number
  /** The checksum of the last of them. */
  readonly checksum: readonly [number, number]
  /** The mark of the pages of this log, as the log has it; another once it begins anew. */
  readonly salts: bigint
  /** The number of pages that were moved into the file, and of those about to be. */
  readonly moved: number
  readonly moving: number
}

const headerBytes = 48

/** The part of the index that is read: two copies of its header, and how far the log was moved. */
export const indexBytes = 136

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** Numbers are in the machine's byte order. */
const numberAt = (bytes: Buffer, at: number): number =>
  littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)

const framesAt = 16
const movedAt = 96
const movingAt = 128

/**
 * True if bytes are the index; not if somebody is just writing it, or has written what SQLite never does: more moved
 * pages than there are.
 */
export const isIndex = (bytes: Buffer): boolean => {
  const frames = numberAt(bytes, framesAt)
  return (
    bytes.compare(bytes, headerBytes, 2 * headerBytes, 0, headerBytes) === 0 &&
    numberAt(bytes, movedAt) <= frames &&
    numberAt(bytes, movingAt) <= frames
  )
}

/** Reads the index, if it is one. */
export const readIndex = (bytes: Buffer): LogIndex | undefined => {
  if (!isIndex(bytes)) return undefined
  const page = littleEndian ? bytes.readUInt16LE(14) : bytes.readUInt16BE(14)
  return {
    frames: numberAt(bytes, framesAt),
    pageBytes: page === 1 ? 65_536 : page,
    checksum: [numberAt(bytes, 24), numberAt(bytes, 28)],
    salts: bytes.readBigUInt64BE(32),
    moved: numberAt(bytes, movedAt),
    moving: numberAt(bytes, movingAt)
  }
}

/** The position of the mark of the last page in the log: its salts, and its checksum behind them. */
export const lastMarkAt = ({ frames, pageBytes }: LogIndex): number =>
  32 + (frames - 1) * (24 + pageBytes) + 8

/** True if the log is in the file as a whole, or empty: the next write begins it anew, and syncs its beginning. */
export const isOver = ({ frames, moved }: LogIndex): boolean => moved >= frames

/** Bytes of salts and checksum. */
export const markBytes = 16

/** True if the log ends as the index says. */
export const isMarked = ({ checksum, salts }: LogIndex, mark: Buffer): boolean =>
  mark.readBigUInt64BE(0) === salts &&
  mark.readUInt32BE(8) === checksum[0] &&
  mark.readUInt32BE(12) === checksum[1]

/** True if the log was being moved into the file, or began to be, or was, between two readings of the index. */
export const wasMoved = (before: LogIndex, after: LogIndex): boolean =>
  before.moving > before.moved ||
  after.moving !== before.moving ||
  after.moved !== before.moved ||
  after.salts !== before.salts
