import type { Mutants } from "./mutant.ts"

export const testing: Mutants = {
  "packages/testing/src/internal/virtualTime.ts": {
    "real-clocks-are-not-looked-at": {
      fault: "A program on the real clock that uses the client of tests does not notice steps",
      text: "Effect.map(isVirtual, (virtual) => (virtual ? Layer.merge(Probe.layer, cadence) : Layer.empty))",
      replacement:
        "Effect.map(isVirtual, (virtual) => (virtual ? Layer.merge(Probe.layer, cadence) : cadence))"
    },
    "s4-virtual-time-lists-again": {
      rule: "S4",
      fault: "in virtual time the service is listed every five minutes all the same",
      text: "resyncInterval: Duration.infinity,",
      replacement: "resyncInterval: Duration.minutes(5),"
    },
    "virtual-time-leaves-what-was-created-behind": {
      fault: "Time moves on before a site has learnt what was created",
      text: "create: (...parameters) => Effect.tap(inner.create(...parameters), rest),",
      replacement: "create: (...parameters) => inner.create(...parameters),"
    }
  }
}
