/** Numbers as the wire has them: unsigned 32-bit integers. */

/** The largest unsigned 32-bit integer: of seconds, of a page, of a rule. */
export const unsigned32Max = 4_294_967_295
