/** What is known of a handler once Nest has built its callback. */
export interface HandlerTraits {
  /** `@CommitAfter('manual')`: a record has its outcome only when the handler says so. */
  readonly manual: boolean;
  /** The capture interceptor is around the method; without it the capture filter sees every error. */
  readonly intercepted: boolean;
  /** The guard mark stands behind the guards. */
  readonly guarded: boolean;
  /** Pre-request hooks stand before the guards, so that what failed before the mark need not be a guard. */
  readonly hooked: boolean;
}
