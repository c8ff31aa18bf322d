export interface RecoveryWait { begin: (elapsed: number) => void }
export const make = (_: unknown): RecoveryWait => ({ begin: () => {} })
