import type { Mutants } from "./mutant.ts"

export const coreMirror: Mutants = {
  "packages/core/src/internal/mirror/doubtful.ts": {
    "s6-deletion-in-doubt-is-in-sync": {
      rule: "S6, S9",
      fault: "the status does not tell that a deleted dispatch is shown",
      text: "if (tombstones.reappeared.size > 0) {",
      replacement: "if (tombstones.reappeared.size < 0) {"
    }
  },
  "packages/core/src/internal/mirror/knownVersions.ts": {
    "s8-asked-for-at-each-unreadable-version": {
      rule: "S8",
      fault: "the service is asked again for a dispatch at each new version that cannot be read",
      text: "if (unreadable === undefined) outcome.ask.push(id)",
      replacement: "outcome.ask.push(id)",
      tests: ["packages/core/test/DispatchMirror.test.ts"]
    },
    "s7-update-is-no-sight": {
      rule: "S7",
      fault: "an answer from before an update deletes what was updated",
      text: "known.seenAt = handling.since",
      replacement: "",
      tests: ["packages/core/test/DispatchMirror.test.ts"]
    },
    "s10-unreadable-leaves-the-kept-version": {
      rule: "S10",
      fault: "what cannot be read any more is told as updated when it can be read again",
      text: "known.dispatch = undefined",
      replacement: "",
      tests: ["packages/core/test/internal/mirror/recovering.test.ts"]
    },
    "s6-deleted-is-told-twice": {
      rule: "S6",
      fault: "a deletion heard of twice is told twice",
      text: "versions.known.delete(id)",
      replacement: ""
    },
    "s8-unreadable-is-not-fetched-again": {
      rule: "S8",
      fault: "a version that replaced a readable one and cannot be read is not fetched again",
      text: "if (unreadable === undefined) outcome.ask.push(id)",
      replacement: "if (unreadable !== undefined) outcome.ask.push(id)"
    },
    "s8-unreadable-runs-on": {
      rule: "S8",
      fault: "a version that cannot be read does not stop the one before",
      text: `} else {
          outcome.transitions.push({ _tag: "Unschedulable", id, cause })
        }`,
      replacement: `} else {
          versions.stories.confirmed(id)
        }`
    }
  },
  "packages/core/src/internal/mirror/sightings.ts": {
    "s5-early-listing-ends-the-doubt": {
      rule: "S5",
      fault: "a listing that began before the known version came ends the doubt about it",
      text: "if (isAnswer) versions.stories.confirmed(id)",
      replacement: "versions.stories.confirmed(id)",
      tests: ["packages/core/test/internal/mirror/twoStories.test.ts"]
    },
    "s7-late-answer-makes-the-last-sight-older": {
      rule: "S7",
      fault: "an answer that comes late makes the last sight of a dispatch older than it was",
      text: "known.seenAt = Math.max(known.seenAt, askedAt)",
      replacement: "known.seenAt = askedAt",
      tests: ["packages/core/test/DispatchMirror.test.ts"]
    },
    "s7-one-that-never-occurs-stays-for-ever": {
      rule: "S7",
      fault: "a dispatch that never occurs is known for ever once no listing shows it",
      text: "} else if (!(dispatch.schedule.lastEnd > now)) {",
      replacement: "} else if (dispatch.schedule.lastEnd <= now) {",
      tests: ["packages/core/test/DispatchMirror.test.ts"]
    },
    "s5-second-story-withdraws-the-repetition": {
      rule: "S5",
      fault: "of two dispatches with other stories, the second withdraws the repetition",
      text: "outcome.relist = outcome.repeat = true",
      replacement: "outcome.relist = outcome.repeat = !outcome.repeat",
      tests: ["packages/core/test/internal/mirror/twoStories.test.ts"]
    },
    "r10-listing-tells-all-again": {
      rule: "R10",
      fault: "every listing tells of every dispatch as if it were new",
      text: "if (isAnswer) versions.stories.confirmed(id)",
      replacement: "if (isAnswer) return adopt(handling, record)"
    },
    "s10-unconfirmed-is-retired": {
      rule: "S10",
      fault: "what an earlier process knew, and seems over, is forgotten without a question",
      text: "if (unconfirmed) {",
      replacement: "if (unconfirmed && unreadable !== undefined) {",
      tests: ["packages/core/test/internal/mirror/recovering.test.ts"]
    },
    "s5-believed-before-the-known-arrived": {
      rule: "S5",
      fault: "a listing that began before the known version had arrived takes part",
      text: "const isAnswer = known.since < askedAt",
      replacement: "const isAnswer = known.since !== askedAt"
    },
    "s5-mended-takes-sides": {
      rule: "S5",
      fault: "of what can be read here and not there, what can be read is believed",
      text: `return relation === "Mended" && stories.isDisputed(record.id) ? "Other" : relation`,
      replacement: `return relation === "Mended" && stories.isDisputed(0n as never) ? "Other" : relation`
    },
    "s5-older-version-overwrites": {
      rule: "S5",
      fault: "an update that comes late overwrites a newer version",
      text: `outcome.anomalies.push("staleVersion")
        confirmAsKept(handling, known)
        return`,
      replacement: "return replace(handling, known, record)"
    },
    "s5-other-content-is-never-believed": {
      rule: "S5",
      fault: "other content under the same update time is dropped, however often it is shown",
      text: "if (isAnswer) applyStory(handling, known, record, { ...question, isOlder: false })",
      replacement: "if (isAnswer) outcome.relist = true"
    },
    "s5-set-back-is-never-believed": {
      rule: "S5",
      fault: "a service that went back to a backup is never believed",
      text: "if (isAnswer) applyStory(handling, known, record, { ...question, isOlder: true })",
      replacement: "if (isAnswer) outcome.relist = true"
    },
    "s5-shown-twice-in-one-listing-is-believed": {
      rule: "S5",
      fault: "a listing that shows an older version of an id last tells of that one",
      text: "if (before === undefined || !((record.updateTime ?? 0n) < (before.updateTime ?? 0n))) {",
      replacement: "if (before === undefined || (record.updateTime ?? 0n) !== (before.updateTime ?? 0n)) {"
    },
    "s6-deleting-the-unknown-crashes": {
      rule: "S6",
      fault: "the deletion of a dispatch never seen is a crash",
      text: "const [one, other] = [known?.updateTime ?? 0n, updateTime ?? 0n]",
      replacement: "const [one, other] = [(known as Known).updateTime, updateTime ?? 0n]"
    },
    "s7-absence-is-not-noticed": {
      rule: "S7",
      fault: "a dispatch deleted while nobody listened goes on",
      text: `if (listedEnd(dispatch) >= leftOutBefore(dispatch, endedSince)) {
        outcome.ask.push(id)`,
      replacement: `if (listedEnd(dispatch) >= leftOutBefore(dispatch, endedSince)) {
        outcome.anomalies.push("staleVersion")`
    },
    "s7-over-is-deleted": {
      rule: "S7",
      fault: "what is over and no longer listed is told as deleted",
      text: `drop(versions, id)
        outcome.transitions.push({ _tag: "Retired", id, dispatch, cause: "Resync" })`,
      replacement: `drop(versions, id)
        outcome.transitions.push({ _tag: "Deleted", id, dispatch, cause: "Resync" })`
    }
  },
  "packages/core/src/internal/mirror/listedEnd.ts": {
    "s7-end-of-the-service-is-ignored": {
      rule: "S7",
      fault: "what the service takes for ended is missed in listings",
      text: "endTime?.epochMilliseconds ?? schedule.lastEnd",
      replacement: "schedule.lastEnd"
    },
    "s7-zone-data-are-trusted-to-the-instant": {
      rule: "S7",
      fault: "a dispatch in local time that the service takes for over is not listed any more",
      text: "recurrence?.timeZone === undefined ? endedSince : endedSince - zoneSlackMillis",
      replacement: "recurrence?.timeZone === undefined ? endedSince : endedSince"
    }
  },
  "packages/core/src/internal/mirror/tombstones.ts": {
    "s6-late-deletion-settles-what-is-shown": {
      rule: "S6",
      fault: "a stream from before tells of a deletion again, and what was shown since counts no more",
      text: "if (!isLater) return",
      replacement: "",
      tests: ["packages/core/test/internal/mirror/tombstones.test.ts"]
    },
    "s6-listing-just-before-the-deletion-counts": {
      rule: "S6",
      fault: "a listing that began just before a deletion shows what is deleted",
      text: "if (tombstone.since >= startedAt) {",
      replacement: "if (tombstone.since > startedAt + 1) {",
      tests: ["packages/core/test/internal/mirror/tombstones.test.ts"]
    },
    "s6-answer-must-be-to-the-last-listing": {
      rule: "S6",
      fault: "an answer that comes after a further listing undoes no deletion",
      text: "reappearance.believedFrom ??= since",
      replacement: "reappearance.believedFrom = since",
      tests: ["packages/core/test/internal/mirror/tombstones.test.ts"]
    },
    "s6-earlier-deletion-decides-which-streams-are-renewed": {
      rule: "S6",
      fault: "of two deleted ids that are back, the last one looked at decides which streams are renewed",
      text: "outcome.renewUpTo = Math.max(outcome.renewUpTo ?? 0, tombstone.since)",
      replacement: "outcome.renewUpTo = tombstone.since"
    },
    "s6-deleted-once-more-is-deleted-as-before": {
      rule: "S6",
      fault: "what is deleted once more is shown by a listing from before",
      text: "this.#tombstones.set(id, { since, updateTime: latest })",
      replacement: "this.#tombstones.set(id, { since: tombstone.since, updateTime: latest })",
      tests: ["packages/core/test/internal/mirror/tombstones.test.ts"]
    },
    "s6-doubt-about-a-deletion-stays": {
      rule: "S6",
      fault: "a listing that bears a deletion out does not end the doubt",
      text: `if (since >= startedAt || isListed(id)) continue
        this.#reappearances.delete(id)`,
      replacement: "if (since >= startedAt || isListed(id)) continue"
    },
    "s6-event-of-an-old-stream-lists-again": {
      rule: "S6",
      fault: "an event of a stream from before the deletion is a reason to list again",
      text: "} else if (isLater && updateTime > tombstone.updateTime) {",
      replacement: "} else if (updateTime > tombstone.updateTime) {"
    },
    "s6-forgotten-deletion-stays-in-doubt": {
      rule: "S6",
      fault: "a deletion that was forgotten keeps the status stale for ever",
      text: "this.#reappearances.delete(first)",
      replacement: "",
      tests: ["packages/core/test/internal/mirror/tombstones.test.ts"]
    },
    "s6-late-deletion-deletes-again": {
      rule: "S6",
      fault: "the deletion, repeated late, deletes what is back",
      text: "return deletedAt !== undefined && openedAt <= deletedAt",
      replacement: "return deletedAt !== undefined && openedAt < 0"
    },
    "s6-late-deletion-takes-the-time-back": {
      rule: "S6",
      fault: "a deletion that comes late makes the last known version older",
      text: "const latest = updateTime > tombstone.updateTime ? updateTime : tombstone.updateTime",
      replacement: "const latest = updateTime",
      tests: ["packages/core/test/internal/mirror/tombstones.test.ts"]
    },
    "s6-listing-from-before-counts": {
      rule: "S6",
      fault: "a listing begun before the deletion counts as showing the dispatch",
      text: "if (tombstone.since >= startedAt) {",
      replacement: "if (tombstone.since === startedAt) {"
    },
    "s6-new-event-lists-nothing": {
      rule: "S6",
      fault: "a newer event about what is deleted is no reason to list again",
      text: "outcome.relist = true",
      replacement: ""
    },
    "s6-old-event-lists-again": {
      rule: "S6",
      fault: "any event about what is deleted is a reason to list again",
      text: "} else if (isLater && updateTime > tombstone.updateTime) {",
      replacement: "} else if (isLater || updateTime > tombstone.updateTime) {"
    },
    "s6-one-tombstone-too-few": {
      rule: "S6",
      fault: "of a hundred thousand deletions one is forgotten",
      text: "if (this.#tombstones.size <= tombstonesMax) return",
      replacement: "if (this.#tombstones.size < tombstonesMax) return",
      tests: ["packages/core/test/internal/mirror/tombstones.test.ts"]
    },
    "s6-read-before-any-listing-revives": {
      rule: "S6",
      fault: "an answer brings back what no listing has shown twice",
      text: "if (believedFrom === undefined || believedFrom >= askedAt) return false",
      replacement: "if (believedFrom !== undefined && believedFrom >= askedAt) return false"
    },
    "s6-read-in-flight-revives": {
      rule: "S6",
      fault: "an answer that was on its way brings back what was deleted meanwhile",
      text: "if (believedFrom === undefined || believedFrom >= askedAt) return false",
      replacement: "if (believedFrom === undefined) return false"
    },
    "s6-renewed-stream-is-not-believed": {
      rule: "S6",
      fault: "streams from after the deletion are not believed about what is back",
      text: "return deletedAt !== undefined && openedAt <= deletedAt",
      replacement: "return deletedAt !== undefined && openedAt > 0"
    },
    "s6-second-deletion-is-overheard": {
      rule: "S6",
      fault: "what is deleted once more is brought back by an answer on its way",
      text: `this.#reappearances.delete(id)
      const latest`,
      replacement: "const latest"
    },
    "s6-tombstones-never-go": {
      rule: "S6",
      fault: "what was deleted is remembered for ever",
      text: "if (since < openStreamsSince) this.#tombstones.delete(id)",
      replacement: "if (since < openStreamsSince) this.#reappearances.delete(id)"
    },
    "s6-undone-deletion-is-believed-too-soon": {
      rule: "S6",
      fault: "two listings at once are enough to ask for what was deleted",
      text: "} else if (elapsed - reappearance.shownAt < delay) {",
      replacement: "} else if (elapsed - reappearance.shownAt < 0) {"
    },
    "s6-undone-deletion-is-never-believed": {
      rule: "S6",
      fault: "what was deleted stays so, whatever the service says",
      text: `reappearance.believedFrom ??= since
        outcome.verify.push(id)`,
      replacement: "outcome.relistLater = true"
    },
    "s6-undone-deletion-takes-longer": {
      rule: "S6",
      fault: "two listings exactly 30 s apart are not enough",
      text: "} else if (elapsed - reappearance.shownAt < delay) {",
      replacement: "} else if (elapsed - reappearance.shownAt <= delay) {"
    }
  },
  "packages/core/src/internal/mirror/transitions.ts": {
    "r9-any-command-is-caught-up": {
      rule: "R9",
      fault: "an update executes a command that has just passed",
      text: `version: transition.dispatch,
            cause: transition.cause,
            late: false
          }
        case "Deleted":`,
      replacement: `version: transition.dispatch,
            cause: transition.cause,
            late: true
          }
        case "Deleted":`
    }
  },
  "packages/core/src/internal/mirror/twoStories.ts": {
    "s5-of-two-that-do-not-run-the-new-one-is-kept": {
      rule: "S5",
      fault: "of two contents of which neither runs, the one shown takes the place of the known one",
      text: "const isKept = isRunning(record, now) || !isRunning(known, now)",
      replacement: "const isKept = isRunning(record, now)",
      tests: ["packages/core/test/internal/mirror/twoStories.test.ts"]
    },
    "s5-answer-at-ten-minutes-contradicts": {
      rule: "S5",
      fault: "after exactly ten minutes an answer still contradicts what was believed",
      text: "answer.moment.elapsed - belief.since < period",
      replacement: "answer.moment.elapsed - belief.since <= period",
      tests: ["packages/core/test/internal/mirror/twoStories.test.ts"]
    },
    "s5-doubt-survives-the-known-version": {
      rule: "S5",
      fault: "the known version, seen again, does not end the doubt",
      text: "if (this.#shown.size > 0) this.#shown.delete(id)",
      replacement: "if (this.#shown.size > 1) this.#shown.delete(id)"
    },
    "s5-each-story-is-repeated": {
      rule: "S5",
      fault: "a repetition asks for a repetition",
      text: 'return answer.isRepetition ? "Waits" : "IsRepeated"',
      replacement: 'return "IsRepeated"'
    },
    "s5-set-back-is-believed-at-once": {
      rule: "S5",
      fault: "one listing that shows another story is enough to believe it",
      text: "if (shown === undefined || shown.updateTime !== record.updateTime || !saysTheSame(shown, record)) {",
      replacement:
        "if (shown !== undefined && shown.updateTime !== record.updateTime && !saysTheSame(shown, record)) {"
    },
    "s5-two-stories-are-decided-anew": {
      rule: "S5",
      fault: "of two stories each listing decides anew",
      text: `if (this.#contradicted.has(id) && saysTheSame(belief.rival, record)) return "Waits"`,
      replacement: ""
    },
    "s5-two-stories-are-not-settled": {
      rule: "S5",
      fault: "a newer version does not settle two stories",
      text: "for (const map of [this.#shown, this.#believed, this.#contradicted]) if (map.size > 0) map.delete(id)",
      replacement: "for (const map of [this.#shown, this.#believed]) if (map.size > 0) map.delete(id)"
    },
    "s5-two-stories-end-a-moment-late": {
      rule: "S5",
      fault: "two stories are decided anew only after more than ten minutes",
      text: "for (const [id, { since }] of beliefs) if (elapsed - since >= period) beliefs.delete(id)",
      replacement: "for (const [id, { since }] of beliefs) if (elapsed - since > period) beliefs.delete(id)"
    },
    "s5-two-stories-go-back-and-forth": {
      rule: "S5",
      fault: "what contradicts what was believed is believed as well",
      text: `if (isSameTime && belief !== undefined && answer.moment.elapsed - belief.since < period) {
        return this.#contradict(known, record, belief, answer.moment.now)`,
      replacement: `if (isSameTime && belief === undefined && answer.moment.elapsed - belief.since < period) {
        return this.#contradict(known, record, { rival: record, since: 0 }, answer.moment.now)`
    },
    "s5-two-stories-have-no-end": {
      rule: "S5",
      fault: "what was contradicted once is never decided again",
      text: "const period = Duration.toMillis(contradictionPeriod)",
      replacement: "const period = Duration.isDuration(contradictionPeriod) ? Infinity : 0"
    },
    "s5-two-stories-keep-what-runs": {
      rule: "S5",
      fault: "of two stories the one that runs is kept",
      text: "const isKept = isRunning(record, now) || !isRunning(known, now)",
      replacement: "const isKept = isRunning(known, now) || !isRunning(record, now)"
    }
  }
}
