/**
 * Checks the packages as they would be published: `pnpm check:packages`. Builds them afresh, packs them, has `publint`
 * and `attw` look at the archives, installs those into an empty folder and imports and type-checks every public module
 * there, on the oldest Node at hand that the package supports. Then it installs them by npm, as an application does, on
 * each Node at hand: npm must take those that support it, with one copy of each dependency, and refuse the others.
 * Prints one line for each package and each Node; exits with 1 if there is any finding.
 */
import { execFileSync, spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { publint } from "publint"
import { formatMessage } from "publint/utils"

interface Manifest {
  readonly name: string
  readonly version: string
  readonly engines: { readonly node: string }
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Packed {
  readonly folder: string
  readonly tarball: string
  readonly manifest: Manifest
  readonly files: ReadonlyArray<string>
}

const root = join(import.meta.dirname, "..")
const bin = (name: string) => join(root, "node_modules/.bin", name)

/** This pnpm when run by it, else the one that the workspace pins. */
const pnpm = (parameters: ReadonlyArray<string>, cwd: string) => {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly packageManager: string
  }
  const own = process.env["npm_execpath"]
  const [command, ...first] = own?.includes("pnpm") ? [own] : ["npx", "-y", packageManager]
  run(command ?? "npx", [...first, ...parameters], cwd)
}

/** Runs a command quietly; if it fails, its output is the error. */
const run = (command: string, parameters: ReadonlyArray<string>, cwd: string): string => {
  const { error, status, stderr, stdout } = spawnSync(command, parameters, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")}\n${stdout}${stderr}`.trim())
  return stdout
}

/** The findings of a check, as lines; nothing if all is well. */
const findingsOf = (check: () => unknown): ReadonlyArray<string> => {
  try {
    check()
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

const isPublished = (folder: string): boolean => {
  const manifest = readFileSync(join(root, "packages", folder, "package.json"), "utf8")
  return (JSON.parse(manifest) as { readonly private?: boolean }).private !== true
}

const pack = (folder: string, destination: string): Packed => {
  pnpm(["pack", "--pack-destination", destination], join(root, "packages", folder))
  const tarball = join(
    destination,
    readdirSync(destination).find((file) => file.includes(`-${folder}-`)) ?? ""
  )
  const entries = run("tar", ["-tzf", tarball], root).trim().split("\n")
  return {
    folder,
    tarball,
    manifest: JSON.parse(run("tar", ["-xzOf", tarball, "package/package.json"], root)) as Manifest,
    files: entries.map((entry) => entry.replace(/^package\//, "")).sort()
  }
}

/** The public modules of a package as an application imports them. */
const modulesOf = ({ files, manifest }: Packed): ReadonlyArray<string> => {
  const modules = files.flatMap((file) => /^dist\/([^/]+)\.js$/.exec(file)?.[1] ?? [])
  return modules.flatMap((module) => {
    if (module === "index") return [manifest.name]
    const path = `./${module}`
    return (manifest.exports[path] ?? ("./*" in manifest.exports && !(path in manifest.exports)))
      ? [`${manifest.name}/${module}`]
      : []
  })
}

/** Files that do not belong in a package. */
const strayFiles = ({ files }: Packed): ReadonlyArray<string> =>
  files
    .filter(
      (file) =>
        !/^(dist|src|proto)\/|^(package\.json|LICENSE|[A-Z]+\.md|alerts\.yaml)$/.test(file) ||
        file.includes("tsbuildinfo")
    )
    .map((file) => `${file} has no place in the package`)

const publintFindings = async ({ tarball }: Packed): Promise<ReadonlyArray<string>> => {
  const bytes = readFileSync(tarball)
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true
  })
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
}

/** An empty application with all packages installed from their archives. */
const install = (packages: ReadonlyArray<Packed>, folder: string) => {
  const files = Object.fromEntries(
    packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`])
  )
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const catalog = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")
  const pinned = (name: string) =>
    new RegExp(`^  "?${name}"?: (.+)$`, "m").exec(catalog)?.[1] ?? devDependencies[name]
  mkdirSync(folder)
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      private: true,
      type: "module",
      dependencies: { ...files, effect: pinned("effect"), "@types/node": pinned("@types/node") }
    })
  )
  // An entry for each: the packages depend on each other by version, and no registry has them yet.
  const overrides = Object.entries(files).map(([name, file]) => `  "${name}": "${file}"`)
  writeFileSync(
    join(folder, "pnpm-workspace.yaml"),
    [
      "packages: []",
      "pmOnFail: ignore",
      "overrides:",
      ...overrides,
      "allowBuilds: { msgpackr-extract: false }",
      ""
    ].join("\n")
  )
  pnpm(["install", "--prefer-offline", "--no-frozen-lockfile"], folder)
}

/** The Node that the machine has, as opposed to the one that the workspace installs. */
const systemNode = (): string => {
  const folders = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
  return folders.map((folder) => join(folder, "node")).find(existsSync) ?? process.execPath
}

const versionOf = (node: string) => execFileSync(node, ["--version"], { encoding: "utf8" }).trim().slice(1)

const atLeast = (version: string, range: string): boolean => {
  const [have, want] = [version, range.replace(">=", "")].map((text) => text.split(".").map(Number))
  for (const [index, least] of (want ?? []).entries()) {
    const part = have?.[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

const importAll = (node: string, modules: ReadonlyArray<string>, cwd: string) => {
  const source = modules.map((module) => `await import(${JSON.stringify(module)})`).join("\n")
  run(node, ["--input-type=module", "--eval", source], cwd)
}

/** The program behind the command `npm`, so that it can be run by any Node. */
const npm = (): string => {
  const folders = (process.env["PATH"] ?? "").split(delimiter)
  const found = folders.map((folder) => join(folder, "npm")).find(existsSync)
  if (found === undefined) throw new Error("npm is needed to try an installation")
  return realpathSync(found)
}

/** Installs packages by npm as an application does; it refuses those that do not support the Node it runs on. */
const installByNpm = (node: string, packages: ReadonlyArray<Packed>, folder: string) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }))
  const options = ["--engine-strict", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"]
  const effect = `effect@${packages[0]?.manifest.peerDependencies?.["effect"] ?? "latest"}`
  run(node, [npm(), "install", ...options, effect, ...packages.map(({ tarball }) => tarball)], folder)
}

/** Packages that are installed more than once, and so would not know each other's values. */
const doubled = (folder: string): ReadonlyArray<string> => {
  const installed = readdirSync(join(folder, "node_modules"), { recursive: true, encoding: "utf8" })
    .filter((path) =>
      /(^|node_modules\/)(effect|@bufbuild\/protobuf|@connectrpc\/[^/]+|@effect-dispatch\/[^/]+)\/package\.json$/.test(
        path
      )
    )
    .map((path) => path.replace(/^.*node_modules\//, "").replace("/package.json", ""))
  return installed.filter((name, index) => installed.indexOf(name) !== index)
}

/** The findings from installing the packages on a Node. */
const npmFindings = (
  { path, version }: { readonly path: string; readonly version: string },
  packages: ReadonlyArray<Packed>,
  folder: string
) => {
  const dependencies = ({ manifest }: Packed) => Object.keys(manifest.dependencies ?? {})
  const supported = packages.filter(({ manifest }) => atLeast(version, manifest.engines.node))
  const findings = findingsOf(() => {
    installByNpm(path, supported, folder)
    importAll(path, supported.flatMap(modulesOf), folder)
    const twice = doubled(folder)
    if (twice.length > 0) throw new Error(`installed more than once: ${twice.join(", ")}`)
  })
  const unsupported = packages.filter((packed) => !supported.includes(packed))
  const taken = unsupported.filter((packed) => {
    const needed = packages.filter((other) => dependencies(packed).includes(other.manifest.name))
    const refusal = findingsOf(() => installByNpm(path, [packed, ...needed], `${folder}-${packed.folder}`))
    return !refusal.some((line) => line.includes("EBADENGINE"))
  })
  return {
    supported: supported.map(({ folder }) => folder),
    refused: unsupported.map(({ folder }) => folder),
    findings: [
      ...findings,
      ...taken.map(({ folder }) => `${folder} is taken, although it does not support this Node`)
    ]
  }
}

const typeCheckAll = (modules: ReadonlyArray<string>, cwd: string, name: string) => {
  const file = `${name}.ts`
  writeFileSync(
    join(cwd, file),
    modules.map((module, index) => `export * as m${index} from ${JSON.stringify(module)}`).join("\n")
  )
  const options =
    "--noEmit --strict --module nodenext --target es2024 --lib es2024,esnext.disposable,dom --types node"
  run(bin("tsc"), [...options.split(" "), file], cwd)
}

const scratch = mkdtempSync(join(tmpdir(), "dispatch-packages-"))
try {
  const folders = readdirSync(join(root, "packages")).filter(isPublished).sort()
  for (const folder of folders)
    rmSync(join(root, "packages", folder, "dist"), { recursive: true, force: true })
  pnpm(["run", "build"], root)
  const tarballs = join(scratch, "packed")
  mkdirSync(tarballs)
  const packages = folders.map((folder) => pack(folder, tarballs))
  const application = join(scratch, "application")
  install(packages, application)

  const nodes = [systemNode(), process.execPath].map((path) => ({ path, version: versionOf(path) }))
  const columns = (cells: ReadonlyArray<string>) =>
    cells
      .map((cell, index) => cell.padEnd([10, 7, 9, 9, 7, 7, 7][index] ?? 0))
      .join(" ")
      .trimEnd()
  console.log(columns(["package", "files", "packed", "publint", "attw", "types", "imports"]))
  for (const packed of packages) {
    const { files, folder, manifest, tarball } = packed
    const modules = modulesOf(packed)
    const node = nodes.find(({ version }) => atLeast(version, manifest.engines.node))
    const found = {
      files: strayFiles(packed),
      publint: await publintFindings(packed),
      attw: findingsOf(() => run(bin("attw"), [tarball, "--profile", "esm-only", "--no-color"], root)),
      types: findingsOf(() => typeCheckAll(modules, application, folder)),
      imports: node
        ? findingsOf(() => {
            importAll(node.path, modules, application)
            for (const path of Object.values(manifest.bin ?? {})) {
              run(node.path, [join("node_modules", manifest.name, path), "--version"], application)
            }
          })
        : [`there is no Node ${manifest.engines.node} to try it on`]
    }
    const verdict = (name: keyof typeof found) => (found[name].length === 0 ? "ok" : "wrong")
    console.log(
      columns([
        folder,
        found.files.length === 0 ? String(files.length) : "wrong",
        `${Math.ceil(statSync(tarball).size / 1024)} KiB`,
        verdict("publint"),
        verdict("attw"),
        verdict("types"),
        found.imports.length === 0 ? `${modules.length} on Node ${node?.version}` : "wrong"
      ])
    )
    for (const [name, lines] of Object.entries(found)) {
      for (const line of lines) console.log(`  ${name}: ${line.replaceAll("\n", "\n  ")}`)
      if (lines.length > 0) process.exitCode = 1
    }
  }
  for (const node of new Map(nodes.map((node) => [node.version, node])).values()) {
    const { findings, refused, supported } = npmFindings(node, packages, join(scratch, `npm-${node.version}`))
    const refusals = refused.length === 0 ? "" : `; refused are ${refused.join(", ")}`
    console.log(`npm on Node ${node.version}: ${supported.join(", ")}${refusals}`)
    for (const line of findings) console.log(`  npm: ${line.replaceAll("\n", "\n  ")}`)
    if (findings.length > 0) process.exitCode = 1
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true })
}
