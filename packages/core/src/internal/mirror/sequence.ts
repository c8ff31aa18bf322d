/** Position in the order of inputs. */
export type Sequence = number
