/** What holds unless something else is said. */

/** The folder for what the program keeps, seen from the working directory. */
export const dataFolder = ".dispatch"

/** Where a service keeps its dispatches. */
export const defaultStore = `sqlite:${dataFolder}/dispatches.sqlite`

/** The port of a service on this machine. */
export const defaultPort = 50_051
