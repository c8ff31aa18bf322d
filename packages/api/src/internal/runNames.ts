/** The enumerations of runs: names in the model, numbers in the API. */
import type { DescEnum } from "@bufbuild/protobuf"
import { ActorStep } from "@effect-dispatch/core/Run"
import { ChangeCause, MissedReason } from "@effect-dispatch/core/RunningStateChange"
import { ActorStepSchema, CauseSchema, MissedReasonSchema } from "../Protobuf.ts"
import { type Coded, refuse } from "./coded.ts"

/** The names of an enumeration, and its numbers. */
class Names<Name extends string> {
  readonly #numbers = new Map<string, number>()
  readonly #names = new Map<number, Name>()

  constructor(names: ReadonlyArray<Name>, { values }: DescEnum) {
    for (const name of names) {
      const local = name.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
      const number = values.find(({ localName }) => localName === local)?.number ?? 0
      this.#numbers.set(name, number)
      this.#names.set(number, name)
    }
  }

  /** The number of a name; 0, which is unspecified, for none. */
  number(name: Name | undefined): number {
    return name === undefined ? 0 : this.numberOf(name)
  }

  /** The number of a text that may be a name. */
  numberOf(text: string): number {
    return this.#numbers.get(text) ?? 0
  }

  /** The name of a number, if it is known here. */
  name(number: number): Name | undefined {
    return this.#names.get(number)
  }

  /** The name of a number, which must have one. */
  decode(number: number, path: string): Coded<Name> {
    return this.name(number) ?? refuse(path, `${number} is not one that is known here`)
  }
}

/** The causes of changes. */
export const causes = new Names(ChangeCause.literals, CauseSchema)

/** The steps of actors. */
export const steps = new Names(ActorStep.literals, ActorStepSchema)

/** The reasons for which an occurrence is missed. */
export const missedReasons = new Names(MissedReason.literals, MissedReasonSchema)
