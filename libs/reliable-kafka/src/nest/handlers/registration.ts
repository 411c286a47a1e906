import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { MessageHandler } from '@nestjs/microservices';
import type { ConfigurationProblem } from '../../contracts/index.js';
import { installEnhancers } from './enhancers.js';
import type { Installation } from './enhancers.js';
import { globalEnhancers } from './global-enhancers.js';
import type { EnhancersPresent } from './global-enhancers.js';
import { isTakenBy, labelOf, walkHandlers } from './handler-site.js';
import type { HandlerSite } from './handler-site.js';

/** A handler with the callback that Nest built for it. */
export interface RegisteredHandler extends Pick<Installation, 'traits' | 'witness' | 'bare'> {
  readonly site: HandlerSite;
  readonly callback: MessageHandler;
}

/**
 * Pairs each callback that Nest hands over with its class and method, which Nest does not tell, by walking as Nest does; and has our enhancers
 * in place whenever Nest builds the next callback.
 */
export class Registration {
  readonly handlers: RegisteredHandler[] = [];
  private readonly mismatches: ConfigurationProblem[] = [];
  private plan: readonly HandlerSite[] | undefined;
  private global!: EnhancersPresent;
  private installed: Installation | undefined;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
    private readonly transportId: unknown,
  ) {}

  get hasBegun(): boolean {
    return this.plan !== undefined;
  }

  /** Nest is about to build the callbacks: from now on every enhancer of the application is known. */
  begin(deferred: boolean): void {
    if (this.plan) return;
    this.plan = walkHandlers(this.modules).filter((site) => isTakenBy(site, this.transportId));
    this.global = globalEnhancers(this.moduleRef, deferred);
    this.installNext();
  }

  add(pattern: unknown, callback: MessageHandler, isEvent: boolean, extras: unknown): void {
    const site = this.plan?.[this.handlers.length];
    if (!site || site.pattern !== pattern || site.isEvent !== isEvent || site.extras !== extras || !this.installed) {
      this.mismatches.push({
        where: site ? labelOf(site) : 'handlers',
        what: `Nest handed over a callback for ${String(pattern)} where none was expected`,
        remedy: 'Connect the server to one application, once.',
      });
      return;
    }
    const { traits, witness, bare, remove } = this.installed;
    remove();
    this.handlers.push({ site, callback, traits, witness, bare });
    this.installNext();
  }

  problems(): ConfigurationProblem[] {
    const missing = this.plan?.slice(this.handlers.length) ?? [];
    return [
      ...this.mismatches,
      ...missing.map((site) => ({
        where: labelOf(site),
        what: `Nest handed over no callback for ${String(site.pattern)}`,
        remedy: 'Check that its controller is listed in a module when the server is connected.',
      })),
    ];
  }

  private installNext(): void {
    const next = this.plan![this.handlers.length];
    this.installed = next && installEnhancers(next, this.global);
  }
}
