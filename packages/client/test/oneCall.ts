/** A program that asks for one dispatch and has nothing more to do; its client stays as it is. */
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { Context, Effect, Layer, Scope } from "effect"
import * as DispatchClientGrpc from "../src/DispatchClientGrpc.ts"
import { id, microgridId } from "./clientOf.ts"

const layer = DispatchClientGrpc.layer({ url: process.argv[2] ?? "" })
const context = await Effect.runPromise(Layer.buildWithScope(layer, Scope.makeUnsafe()))
const found = await Effect.runPromise(Context.get(context, DispatchClient).get(microgridId, id(7n)))
console.log(String(found.id))
