/**
 * The limits that a fleet keeps to, each with its value. Those that an operator sets are in `FleetSettings`.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

/**
 * The longest wait for an answer of the database, records apart (`recordTimeout` of the actor). After it the question is
 * given up, and asked again in its time. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const answerTimeout: Duration.Duration = Duration.seconds(5)

/**
 * The interval in which each bucket compares what runs with what is wanted, beside the notifications of changes. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lookInterval: Duration.Duration = Duration.seconds(30)

/**
 * The delay before a bucket looks again after the database failed it. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lookRetryDelay: Duration.Duration = Duration.millis(250)

/**
 * The interval in which a process notices that it was paused. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const guardInterval: Duration.Duration = Duration.millis(50)

/**
 * The shortest pause of a process after which it asks the database what it still owns. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pauseMin: Duration.Duration = Duration.millis(500)

/**
 * The interval of the heartbeats of a process, and of its looks after the others. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const heartbeatInterval: Duration.Duration = Duration.millis(500)

/**
 * The age of the last heartbeat from which on it speaks for a process no more. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const heartbeatAgeMax: Duration.Duration = Duration.millis(1_500)

/**
 * The time for which the heartbeats of a process must have gone through before it suspects others: one that was cut off
 * itself must not. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const unbrokenMin: Duration.Duration = Duration.seconds(3)

/**
 * The longest wait for the answer to a ping between processes. Two in a row without an answer make a suspicion. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pingTimeout: Duration.Duration = Duration.millis(800)

/**
 * The pause between the two pings. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pingRetryDelay: Duration.Duration = Duration.millis(200)

/**
 * The interval in which processes that get no buckets are asked whether they are well again. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const healthInterval: Duration.Duration = Duration.seconds(5)

/**
 * The time for which a process that was judged, and does not answer, is not judged again. After it the engine is asked
 * whether it gets buckets after all. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const judgementValidFor: Duration.Duration = Duration.seconds(2)

/**
 * The longest wait for locks that another process is about to give away, before those that came are used. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lockWaitMax: Duration.Duration = Duration.millis(900)

/**
 * The time without a further lock after which those that came are used, although more were asked for. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lockGainWait: Duration.Duration = Duration.millis(500)

/**
 * The interval in which locks are asked for while they are waited for. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lockAskInterval: Duration.Duration = Duration.millis(100)

/**
 * Most reads of journals of a process at once, for all of its sites: they leave connections to the records. Others wait
 * for their turn. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const journalReadsMax = 2

/**
 * The time for which edges are kept in the database. Older ones are removed. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const edgesKeptFor: Duration.Duration = Duration.days(7)

/**
 * The number of edges that are kept of a microgrid. Beyond, the oldest are removed. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const edgesKeptMax = 1_000

/**
 * The number of edges of a site that wait to be written with its next record. Beyond, the oldest are not kept, which is
 * counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const edgesUnwrittenMax = 1_000

/**
 * The longest wait of an actor for the code beside it. After it the actor asks the service without it, which is logged
 * and counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const codePatience: Duration.Duration = Duration.seconds(3)

/**
 * The longest wait for the finalizers of a site, when its bucket is given away or its process ends. After it the bucket
 * goes without them, which is logged and counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const stopTimeout: Duration.Duration = Duration.seconds(10)

/**
 * The number of moves of a bucket by suspicion, within `suspectWindow`, from which on it is named in the log, in
 * `dispatch fleet status` and in a metric: code of one of its sites may block the process. From the move before on the
 * code of its sites is entered one after the other. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const suspectMovesMax = 3

/**
 * The time over which moves by suspicion are counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const suspectWindow: Duration.Duration = Duration.minutes(10)

/**
 * The number of sites that are named as those whose code was entered last before a bucket moved by suspicion. Cannot be
 * set.
 *
 * @category limits
 * @since 0.1.0
 */
export const enteredMax = 3

/**
 * The interval in which each bucket removes the edges that were kept for long enough. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneInterval: Duration.Duration = Duration.hours(1)

/**
 * The age of the last heartbeat from which on a process that never said good-bye is taken off the list. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const runnerForgottenAfter: Duration.Duration = Duration.hours(1)

/**
 * The longest wait for the connections of other processes to end, when a process ends. After it they are left to the
 * system. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const servingCloseTimeout: Duration.Duration = Duration.seconds(1)

/**
 * The longest time between two looks of the owner of a microgrid for entries of its journal that an owner before it wrote
 * after it had been replaced, within an hour of the takeover. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lateEntriesInterval: Duration.Duration = Duration.minutes(1)

/**
 * The same later on: by then only a process that stood still for very long has anything to write. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lateEntriesIntervalLater: Duration.Duration = Duration.hours(1)

/**
 * The number of late entries that are looked at together. The others follow at once. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lateEntriesMax = 1_000

/**
 * The interval in which the owner of a microgrid gives a reader of its edges a sign of life. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const readerBeatInterval: Duration.Duration = Duration.seconds(3)

/**
 * The number of edges that wait at the owner of a microgrid for a reader that does not take them. Beyond, its stream ends
 * once it has taken those, and it asks for the rest by the place that it has seen. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const readerBacklogMax = 1_000

/**
 * The longest silence of an owner, after which a reader of edges looks for the owner anew: a machine that is lost closes
 * no connection. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const ownerSilenceMax: Duration.Duration = Duration.seconds(10)

/**
 * The time without an owner after which a reader of edges asks the database whether the microgrid was parked or removed,
 * and the interval in which it asks again. Most moves take less. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const ownerAbsenceMin: Duration.Duration = Duration.seconds(2)

/**
 * The delay before a reader of edges looks for the owner of a microgrid again. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reconnectDelay: Duration.Duration = Duration.millis(200)
