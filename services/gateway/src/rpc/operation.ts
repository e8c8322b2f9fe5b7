import type { Metadata } from '@grpc/grpc-js';
import type { Needed } from '#libs/contracts/src/calls/call';
import { RequestMethod, type ExecutionContext, type Type } from '@nestjs/common';
import { METHOD_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/internal';
import { NEEDS, type Caller } from '../keys/caller.js';
import { validId } from '../validation/valid.pipe.js';
import { validated } from '../validation/validated.js';
import { toBody, toQuery, type Message } from './message.js';
import type { MessageShape, Rpc } from './proto.js';
import { eventsAsText } from './raw-events.js';

/** A controller method as an RPC calls it. */
export interface Operation {
  controller: Type;
  method: string;
  needs: Needed;
  /** Publishing has a rate limit of its own. */
  isPublishing: boolean;
  /** True for a GET, which has no need of an idempotency key. */
  isRead: boolean;
  argumentsOf(request: RpcRequest): unknown[];
}

export interface RpcRequest {
  caller: Caller;
  message: Message;
  metadata: Metadata;
}

type Argument = (request: RpcRequest) => unknown;
/** Nest's record of a decorated parameter. `factory` is set for our own decorators. */
interface Parameter {
  index: number;
  data?: string;
  factory?: (data: unknown, context: ExecutionContext) => unknown;
}

/** PublishEvent takes one event where HTTP takes one or several. */
const SAME_AS: Record<string, string> = { publishEvent: 'publishEvents' };
/** Stands for HTTP's reply, whose status has no meaning here. */
const NO_REPLY = { status: (): object => NO_REPLY };

/**
 * Finds the controller method of an RPC's name, and binds its parameters to the RPC's message as Nest binds them to an HTTP
 * request. Throws when there is no such method, or when a parameter cannot be bound: the gateway does not start then.
 */
export function operationOf(rpc: Rpc, controllers: Type[]): Operation {
  const name = `${rpc.name.slice(0, 1).toLowerCase()}${rpc.name.slice(1)}`;
  const method = SAME_AS[name] ?? name;
  const controller = controllers.find(({ prototype }) => Object.hasOwn(prototype as object, method));
  if (!controller) throw new Error(`No controller has a method ${method} for the RPC ${rpc.service}.${rpc.name}.`);
  const handler = (controller.prototype as Record<string, object>)[method]!;
  const needs = metadataOf<Needed>(NEEDS, handler);
  if (needs === undefined) throw new Error(`${controller.name}.${method} needs a scope: add @Needs.`);
  const bound = argumentsFor(rpc, controller, method);
  return {
    controller,
    method,
    needs,
    isPublishing: method === 'publishEvents',
    isRead: metadataOf<RequestMethod>(METHOD_METADATA, handler) === RequestMethod.GET,
    argumentsOf: (request) => bound.map((argument) => argument(request)),
  };
}

function argumentsFor(rpc: Rpc, controller: Type, method: string): Argument[] {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Record<string, Parameter>;
  const types = Reflect.getMetadata('design:paramtypes', controller.prototype as object, method) as Type<object>[];
  const inPath = Object.entries(parameters)
    .filter(([key]) => kindOf(key) === RouteParamtypes.PARAM)
    .map(([, { data }]) => data!);
  const bound: Argument[] = [];
  for (const [key, parameter] of Object.entries(parameters)) {
    const argument = argumentFor(rpc.request, kindOf(key), parameter, types[parameter.index]!, inPath);
    if (!argument) throw new Error(`${rpc.name} cannot bind parameter ${parameter.index} of ${controller.name}.${method}.`);
    bound[parameter.index] = argument;
  }
  return bound;
}

/** Null when the message has nothing of this kind. */
function argumentFor(
  request: MessageShape,
  kind: RouteParamtypes | undefined,
  { data, factory }: Parameter,
  type: Type<object>,
  inPath: string[],
): Argument | null {
  if (factory) return (call) => factory(data, contextOf(request, call));
  switch (kind) {
    case RouteParamtypes.PARAM:
      return data !== undefined && request.fields.has(data) ? ({ message }) => validId(message[data], data) : null;
    case RouteParamtypes.BODY:
      return ({ message }) => validated(type, toBody(request, without(message, inPath)));
    case RouteParamtypes.QUERY:
      return ({ message }) => validated(type, toQuery(without(message, inPath)));
    case RouteParamtypes.RESPONSE:
      return () => NO_REPLY;
    default:
      return null;
  }
}

/** Nest's key of a parameter is `<kind>:<index>`; undefined for our own decorators. */
function kindOf(key: string): RouteParamtypes | undefined {
  const [, kind] = /^(\d+):\d+$/.exec(key) ?? [];
  return kind === undefined ? undefined : Number(kind);
}

/** Gives our own decorators the parts of the call under the names that they have in an HTTP request. */
function contextOf(request: MessageShape, { caller, message, metadata }: RpcRequest): ExecutionContext {
  const parts = {
    caller,
    headers: metadata.getMap(),
    get text(): string {
      return eventsAsText(request, message);
    },
  };
  return { switchToHttp: () => ({ getRequest: () => parts }) } as unknown as ExecutionContext;
}

function without(message: Message, names: string[]): Message {
  return Object.fromEntries(Object.entries(message).filter(([name]) => !names.includes(name)));
}

function metadataOf<T>(key: string, target: object): T | undefined {
  return Reflect.getMetadata(key, target) as T | undefined;
}
