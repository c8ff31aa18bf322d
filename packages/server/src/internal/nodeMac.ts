/** Message authentication codes by Node itself: at once, so that a signature costs no turn of the event loop. */
import { createHmac } from "node:crypto"
import { Layer } from "effect"
import * as Mac from "effect/crypto/Mac"
import * as SecureRandom from "effect/crypto/SecureRandom"

/** Makes them for keys of bytes. */
export const layer: Layer.Layer<Mac.Mac> = Mac.layerWebCryptoWith({
  hmac: (hash, key, data) => createHmac(hash.replace("-", ""), key).update(data).digest()
}).pipe(Layer.provide(SecureRandom.layerWebCrypto))
