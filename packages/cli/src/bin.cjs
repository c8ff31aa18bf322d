#!/usr/bin/env node
// The published program. In the oldest syntax there is, so that an old Node says what is needed instead of stumbling.
var needed = [22, 19]
var have = process.versions.node.split(".")
if (+have[0] > needed[0] || (+have[0] === needed[0] && +have[1] >= needed[1])) {
  require("./main.js")
} else {
  console.error(
    "dispatch needs Node " +
      needed.join(".") +
      " or newer (https://nodejs.org); this is " +
      process.versions.node
  )
  process.exitCode = 1
}
