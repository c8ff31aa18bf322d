/** The header that announces the features beyond the upstream API. */
import type * as http2 from "node:http2"
import { featuresHeader, print } from "@effect-dispatch/api/ServiceFeatures"
import { Context, Option } from "effect"
import { OfferedFeatures } from "../../OfferedFeatures.ts"
import { ReportService } from "../../ReportService.ts"

/** The headers that every answer has for the features offered: one, or none. Reports are taken where there is a place. */
export const headersOf = (services: Context.Context<never>): http2.OutgoingHttpHeaders => {
  const takesReports = Option.isSome(Context.getOption(services, ReportService))
  const offered = Context.get(services, OfferedFeatures)
  const features = print(takesReports ? [...offered, "report"] : offered)
  return features === "" ? {} : { [featuresHeader]: features }
}
