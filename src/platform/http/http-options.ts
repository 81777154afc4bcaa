/** What the HTTP edge must know of the configuration. A class, so that it can be injected; any object of this shape will do. */
export abstract class HttpOptions {
  /** Address that people and links use, with scheme and host. */
  abstract readonly publicUrl: string;
  /** Addresses or CIDR ranges of proxies whose X-Forwarded-* are believed; none by default. */
  abstract readonly trustedProxies: readonly string[];
  /** What a key or person may call in a minute; no limit when left out or 0. */
  readonly callsPerMinute?: number;
  /** The same for an address that shows no valid credentials. */
  readonly strangerCallsPerMinute?: number;
  /** Origins whose pages may call the API, as in https://app.example; none when left out. */
  readonly corsOrigins?: readonly string[];
  /** Opens `/metrics`; without it there is none on this port. */
  readonly metricsToken?: string | undefined;
}
