/** The files of the page: read once, and served from a table. No path of a request is ever joined to a folder. */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { extname, join } from "node:path"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Effect, Schema } from "effect"

/** A file in the codings that it comes in. */
export interface Asset {
  readonly type: string
  readonly etag: string
  /** True if its name changes with its content. */
  readonly isImmutable: boolean
  readonly codings: { readonly [coding: string]: Uint8Array }
}

/** The files by their paths. */
export type Assets = ReadonlyMap<string, Asset>

const types: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json"
}

const codingsByExtension: { readonly [extension: string]: string } = { ".br": "br", ".gz": "gzip" }

/** Reads a folder, whose files may have compressed ones beside them. */
export const read = (folder: string): Effect.Effect<Assets, { readonly message: string }> =>
  Effect.try({
    try: () => {
      const names = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll("\\", "/"))
      const assets = new Map<string, Asset>()
      for (const name of names) {
        if (extname(name) in types) assets.set(name, assetOf(folder, name, new Set(names)))
      }
      if (!assets.has(indexPath)) throw new Error(`it has no ${indexPath.slice(1)}`)
      return assets
    },
    catch: (cause) => ({ message: `the page in ${folder} cannot be used: ${Thrown.messageOf(cause)}` })
  })

const assetOf = (folder: string, name: string, names: ReadonlySet<string>): Asset => {
  const identity = readFileSync(join(folder, name))
  const codings: { [coding: string]: Uint8Array } = { identity }
  for (const [extension, coding] of Object.entries(codingsByExtension))
    if (names.has(name + extension)) codings[coding] = readFileSync(join(folder, name + extension))
  return {
    type: types[extname(name)] ?? "application/octet-stream",
    etag: etagOf(identity),
    isImmutable: name.startsWith("/assets/"),
    codings
  }
}

const indexPath = "/index.html"

/** The addresses that lead to the page itself: everything, and a microgrid. */
const pages = /^\/(?:m\/(\d{1,20}))?$/

const isMicrogridId = Schema.is(MicrogridId)

/** True for the address of the page, whose microgrid must be one that can be. */
const isPage = (path: string): boolean => {
  const [found, id] = pages.exec(path) ?? []
  return found !== undefined && (id === undefined || isMicrogridId(BigInt(id)))
}

/** The file for a path, if there is one. */
export const find = (assets: Assets, path: string): Asset | undefined =>
  assets.get(isPage(path) ? indexPath : path)

/** The same files, with a mark in the page by which it knows that its calls are handed on. It is short enough as it is. */
export const markedPage = (assets: Assets): Assets => {
  const page = assets.get(indexPath)
  if (page === undefined) return assets
  const html = new TextDecoder().decode(page.codings["identity"])
  const identity = new TextEncoder().encode(html.replace("<html", `<html data-proxied=""`))
  return new Map([...assets, [indexPath, { ...page, etag: etagOf(identity), codings: { identity } }]])
}

const etagOf = (content: Uint8Array): string =>
  `"${createHash("sha256").update(content).digest("hex").slice(0, 32)}"`

/** An answer with a file. */
export interface AssetAnswer {
  readonly status: 200 | 304
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

/** The answer to a request for a file, by what its reader accepts and has. */
export const answer = (
  { codings, etag, isImmutable, type }: Asset,
  accepts: string | undefined,
  known: string | undefined
): AssetAnswer => {
  const cached = {
    etag,
    vary: "accept-encoding",
    "cache-control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache"
  }
  if (known === etag) return { status: 304, headers: cached, body: undefined }
  const accepted = new Set((accepts ?? "").split(",").map((coding) => coding.trim().split(";")[0] ?? ""))
  const coding = ["br", "gzip"].find((name) => accepted.has(name) && codings[name] !== undefined)
  const body = codings[coding ?? "identity"]
  return {
    status: 200,
    headers: {
      ...cached,
      "content-type": type,
      "content-length": String(body?.length ?? 0),
      ...(coding === undefined ? undefined : { "content-encoding": coding })
    },
    body
  }
}
