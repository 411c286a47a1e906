import { ListenerMetadataExplorer } from '@nestjs/microservices/listener-metadata-explorer.js';
import { MetadataScanner } from '@nestjs/core';
import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import type { AnyClass } from '../decorators/index.js';

/** One pattern of one handler method of one controller: what Nest makes one callback of. */
export interface HandlerSite {
  readonly module: Module;
  readonly wrapper: InstanceWrapper;
  readonly controller: AnyClass;
  readonly method: string;
  /** The function that carries the metadata of Nest's enhancers. */
  readonly function: (...args: unknown[]) => unknown;
  readonly pattern: unknown;
  readonly isEvent: boolean;
  readonly transport: unknown;
  /** The object that Nest hands to `addHandler`: one for each decorated function. */
  readonly extras: unknown;
}

export function labelOf(site: Pick<HandlerSite, 'controller' | 'method'>): string {
  return `${site.controller.name}.${site.method}`;
}

/** All handlers of the application in Nest's own order: modules, controllers, methods, patterns. */
export function walkHandlers(modules: ModulesContainer): HandlerSite[] {
  const explorer = new ListenerMetadataExplorer(new MetadataScanner());
  const sites: HandlerSite[] = [];
  for (const module of modules.values()) {
    for (const wrapper of module.controllers.values()) {
      for (const found of explorer.explore(wrapper.instance)) {
        const { methodKey: method, targetCallback, isEventHandler: isEvent, transport, extras } = found;
        for (const pattern of found.patterns) {
          const controller = wrapper.metatype as AnyClass;
          const site = { module, wrapper, controller, method, pattern, isEvent, transport, extras };
          sites.push({ ...site, function: targetCallback as HandlerSite['function'] });
        }
      }
    }
  }
  return sites;
}

/** Nest's own filter: a handler that names no transport is everybody's. */
export function isTakenBy(site: HandlerSite, transportId: unknown): boolean {
  return site.transport === undefined || transportId === undefined || site.transport === transportId;
}

/** A topic name or a RegExp; `undefined` for what cannot name a topic (the pattern objects of other transports). */
export function topicOf(pattern: unknown): string | RegExp | undefined {
  if (pattern instanceof RegExp) return pattern;
  if (typeof pattern === 'number') return String(pattern);
  return typeof pattern === 'string' ? pattern : undefined;
}
