import type { AddressGuard } from './address-guard.js';
import { TargetNotPublic } from './fetch-refusal.js';
import type { NameResolver } from './name-resolver.js';

/** The one way from a host to addresses that may be connected to. */
export class TargetGate {
  constructor(
    readonly guard: AddressGuard,
    private readonly names: NameResolver,
  ) {}

  /**
   * The addresses behind a host, when every single one may be reached: one inner answer among public ones is an attack.
   * @throws TargetNotPublic, NameNotResolved
   */
  async permittedAddresses(host: string, port: number): Promise<readonly string[]> {
    const addresses = await this.names.addressesOf(host);
    if (!addresses.every((address) => this.guard.permits(address, port))) throw new TargetNotPublic(host);
    return addresses;
  }
}
