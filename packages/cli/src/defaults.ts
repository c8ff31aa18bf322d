/** The defaults of the program. */

/** The folder for the program's own files, seen from the working directory. */
export const dataFolder = ".dispatch"

/** The store of a service. */
export const defaultStore = `sqlite:${dataFolder}/dispatches.sqlite`

/** The port of a service on this machine. */
export const defaultPort = 50_051

/** The port of the console on this machine. */
export const defaultWebPort = 50_060
