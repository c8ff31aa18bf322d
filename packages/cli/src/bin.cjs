#!/usr/bin/env node
// The published program, in the oldest syntax there is, so that an old Node can say which one is needed.
var needed = [22, 19]
var have = process.versions.node.split(".")

if (+have[0] > needed[0] || (+have[0] === needed[0] && +have[1] >= needed[1])) {
  start()
} else {
  console.error(
    "dispatch needs Node " +
      needed.join(".") +
      " or newer (https://nodejs.org); this is " +
      process.versions.node
  )
  process.exitCode = 1
}

function start() {
  // Node's compiled code is kept in a folder of this user alone, so that the next start need not compile again.
  var cache = process.env.XDG_CACHE_HOME || require("os").homedir() + "/.cache"
  require("module").enableCompileCache(cache + "/effect-dispatch")
  require("./main.js")
}
