/** The header that announces the features beyond the upstream API. */
import type * as http2 from "node:http2"
import { featuresHeader, print } from "@effect-dispatch/api/ServiceFeatures"
import { Context } from "effect"
import { OfferedFeatures } from "../../OfferedFeatures.ts"

/** The headers that every answer has for the features offered: one, or none. */
export const headersOf = (services: Context.Context<never>): http2.OutgoingHttpHeaders => {
  const features = print(Context.get(services, OfferedFeatures))
  return features === "" ? {} : { [featuresHeader]: features }
}
