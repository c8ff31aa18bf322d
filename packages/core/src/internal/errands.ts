/**
 * Work that is begun when there is some. Each errand is a fiber for as long as its work takes, so that nothing waits
 * where nothing is to be done.
 */
import { Cause, type Context, Duration, Effect, Exit, Fiber, type Scope } from "effect"

/** Hears that an errand has failed, or died. */
type OnFailure<E> = (cause: Cause.Cause<E>) => void

/** The errands of a scope. Interruption is an end like any other; each other failure is told. */
export class Errands<in E = never> {
  readonly scope: Scope.Scope
  readonly #context: Context.Context<never>
  readonly #onFailure: OnFailure<E>

  private constructor(scope: Scope.Scope, context: Context.Context<never>, onFailure: OnFailure<E>) {
    this.scope = scope
    this.#context = context
    this.#onFailure = onFailure
  }

  static readonly make = <E = never>(
    onFailure: OnFailure<E>
  ): Effect.Effect<Errands<E>, never, Scope.Scope> =>
    Effect.flatMap(Effect.scope, (scope) =>
      Effect.contextWith((context: Context.Context<never>) =>
        Effect.sync(() => new Errands(scope, context, onFailure))
      )
    )

  /** Begins an errand at once, unless its scope is closed: that of the errands, or another if given. */
  begin(work: Effect.Effect<unknown, E>, scope: Scope.Scope = this.scope): Fiber.Fiber<unknown, unknown> {
    const isOver = scope.state._tag === "Closed"
    const fiber = Effect.runForkWith(this.#context)(isOver ? Effect.interrupt : work)
    fiber.addObserver((exit) => {
      if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) this.#onFailure(exit.cause)
    })
    return Fiber.runIn(fiber, scope)
  }

  /** Begins an errand after a while, unless that has no end. */
  beginAfter(
    delay: Duration.Duration,
    work: Effect.Effect<unknown, E>
  ): Fiber.Fiber<unknown, unknown> | undefined {
    return Duration.isFinite(delay) ? this.begin(Effect.delay(work, delay)) : undefined
  }
}
