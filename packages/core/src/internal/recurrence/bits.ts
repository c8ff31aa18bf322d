/** Sets of small integers as bits of a 32-bit integer. */

/** The lowest member; 32 of an empty set. */
export const lowest = (set: number): number => (set === 0 ? 32 : 31 - Math.clz32(set & -set))

/** The highest member; -1 of an empty set. */
export const highest = (set: number): number => 31 - Math.clz32(set)

/** All from 0 to `size` - 1, `size` from 1 to 32. */
export const firstBits = (size: number): number => -1 >>> (32 - size)

/** The number of members. */
export const size = (set: number): number => {
  let count = set - ((set >>> 1) & 0x5555_5555)
  count = (count & 0x3333_3333) + ((count >>> 2) & 0x3333_3333)
  return Math.imul((count + (count >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

/** The set with these members. */
export const of = (members: Iterable<number>): number => {
  let set = 0
  for (const member of members) set |= 1 << member
  return set
}
