import { api } from "./api.ts"
import { cli } from "./cli.ts"
import { calendarFaults } from "./calendarFaults.ts"
import { cliCalendar } from "./cliCalendar.ts"
import { client } from "./client.ts"
import { console } from "./console.ts"
import { core } from "./core.ts"
import { coreCalendar } from "./coreCalendar.ts"
import { coreJournal } from "./coreJournal.ts"
import { coreManaging } from "./coreManaging.ts"
import { coreMirror } from "./coreMirror.ts"
import { corePort } from "./corePort.ts"
import { coreRecurrence } from "./coreRecurrence.ts"
import { coreScheduler } from "./coreScheduler.ts"
import { coreSite } from "./coreSite.ts"
import { coreSubscribers } from "./coreSubscribers.ts"
import { coreSync } from "./coreSync.ts"
import { coreTimeline } from "./coreTimeline.ts"
import { fleet } from "./fleet.ts"
import { names } from "./names.ts"
import { reports } from "./reports.ts"
import { server } from "./server.ts"
import { serverGrpc } from "./serverGrpc.ts"
import { serverSql } from "./serverSql.ts"
import { testing } from "./testing.ts"
import { listOf } from "./mutant.ts"

/** Every deliberate fault, by name. */
export const mutants = listOf([
  api,
  cli,
  calendarFaults,
  cliCalendar,
  client,
  console,
  core,
  coreCalendar,
  coreJournal,
  coreManaging,
  coreMirror,
  corePort,
  coreRecurrence,
  coreScheduler,
  coreSite,
  coreSubscribers,
  coreSync,
  coreTimeline,
  fleet,
  names,
  reports,
  server,
  serverGrpc,
  serverSql,
  testing
])
