/** Too many nonces are taken off the keys that have most of them: no key pushes out those of another. */

/** The number to take off each key, so many together: the most that is left to one is as little as can be. */
export const sharesOf = (
  counts: ReadonlyMap<string, number>,
  excess: number
): ReadonlyMap<string, number> => {
  const level = levelOf([...counts.values()], excess)
  const shares = new Map<string, number>()
  let left = excess
  for (const [key, count] of counts) {
    const share = Math.max(0, count - level)
    if (share > 0) shares.set(key, share)
    left -= share
  }
  for (const [key, count] of counts) {
    if (left <= 0) break
    if (count < level || level === 0) continue
    shares.set(key, (shares.get(key) ?? 0) + 1)
    left--
  }
  return shares
}

/** The lowest level to which all can be cut by so many together. */
const levelOf = (counts: ReadonlyArray<number>, excess: number): number => {
  let low = 0
  let high = counts.reduce((most, count) => Math.max(most, count), 0)
  while (low < high) {
    const middle = (low + high) >> 1
    const cut = counts.reduce((sum, count) => sum + Math.max(0, count - middle), 0)
    if (cut <= excess) high = middle
    else low = middle + 1
  }
  return low
}
