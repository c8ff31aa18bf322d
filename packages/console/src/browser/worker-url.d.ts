declare module "virtual:worker-url" {
  /** The address of the worker, as the build names it. */
  const url: string
  export default url
}
