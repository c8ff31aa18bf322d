/** Names that belong to the shards of the engine, one a bucket: the engine derives a shard from a name. */
import type { EntityId, ShardId, Sharding } from "effect/cluster"

/** The only group of shards that a fleet uses. */
export const group = "default"

/** A name for each bucket, in their order; shards count from 1. */
export const bucketNames = (
  { getShardId }: Pick<Sharding.Sharding["Service"], "getShardId">,
  buckets: number
): ReadonlyArray<string> => {
  const names = new Map<number, string>()
  for (let number = 0; names.size < buckets; number++) {
    const name = `bucket/${number}`
    const { id }: ShardId.ShardId = getShardId(name as EntityId.EntityId, group)
    if (!names.has(id)) names.set(id, name)
  }
  return [...names].sort(([left], [right]) => left - right).map(([, name]) => name)
}
