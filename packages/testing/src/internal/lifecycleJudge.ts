/** Judges the lifecycle events of an actor (section 3): transitions in order, and no version that nobody ever held. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { ServiceHistory } from "./serviceHistory.ts"

/** The part of the service's history that decides what may be believed. */
export type Believable = Pick<ServiceHistory, "hasHeld" | "hasRestored" | "mayComeBack">

export class LifecycleJudge {
  /** The dispatches a subscriber knows. */
  readonly known = new Map<DispatchId, Dispatch>()
  readonly #deleted = new Set<DispatchId>()
  readonly #service: Believable
  readonly #wrong: (what: string) => void

  constructor(service: Believable, wrong: (what: string) => void) {
    this.#service = service
    this.#wrong = wrong
  }

  beginProcess(): void {
    this.known.clear()
    // A dispatch that a process does not know to be deleted may come back with a backup.
    this.#deleted.clear()
  }

  event(event: DispatchEvent): void {
    const { dispatch } = event
    const { id, updateTime } = dispatch
    const before = this.known.get(id)
    switch (event._tag) {
      case "Created":
        if (before !== undefined) this.#wrong(`dispatch ${id} was created twice`)
        if (this.#deleted.has(id) && !this.#service.mayComeBack(id))
          this.#wrong(`S6: dispatch ${id} was deleted and came back`)
        this.#believes(dispatch)
        break
      case "Updated":
        if (before?.updateTime !== event.previous.updateTime) {
          this.#wrong(`dispatch ${id}: Updated does not follow on what was published before`)
        }
        if (updateTime < event.previous.updateTime && !this.#service.hasRestored(dispatch)) {
          this.#wrong(`S5: dispatch ${id} went back to an older version`)
        }
        if (dispatch.sameContent(event.previous)) this.#wrong(`S5: dispatch ${id} was updated to the same`)
        this.#believes(dispatch)
        break
      case "Deleted":
      case "Retired":
        if (before === undefined) this.#wrong(`dispatch ${id}: ${event._tag}, but it was not known`)
        if (event._tag === "Deleted") this.#deleted.add(id)
        this.known.delete(id)
    }
  }

  /** Of two contents under one time, the service held both (S5). */
  #believes(dispatch: Dispatch): void {
    const { id, updateTime } = dispatch
    if (!this.#service.hasHeld(dispatch)) {
      this.#wrong(`S5: dispatch ${id} is told as version ${updateTime}, which was never held so`)
    }
    this.known.set(id, dispatch)
  }
}
