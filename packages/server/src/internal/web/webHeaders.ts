/** The headers of every answer to a browser. */

/**
 * The page runs its own scripts and asks its own origin, and nothing else; texts of others can become no script. The
 * one policy of Trusted Types makes the address of the page's worker.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types dispatch-worker"
].join("; ")

/** Headers of all answers. */
export const common: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
}

/** Headers of answers to calls: proxies keep none of them back. */
export const ofCalls: Readonly<Record<string, string>> = {
  ...common,
  "cache-control": "no-store",
  "x-accel-buffering": "no"
}
