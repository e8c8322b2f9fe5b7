import type { WebhookPreviewView } from '#libs/api/src/webhook-preview.dto';
import type { Page } from '#libs/api/src/page.dto';
import { SetMetadata } from '@nestjs/common';
import { toMessage } from './message.js';

export const ANSWER = 'tidings:answer';
export type ToAnswer = (view: object) => object;

/** An RPC that answers one resource, in the field `name`. What is not the resource's, such as a secret shown once, is beside it. */
export function Answers(name: string): MethodDecorator {
  const toAnswer: ToAnswer = (view) => ({ ...view, [name]: toMessage(view) });
  return SetMetadata(ANSWER, toAnswer);
}

/** An RPC that answers a page of resources, in the field `name`. */
export function AnswersPage(name: string): MethodDecorator {
  const toAnswer: ToAnswer = (page) => {
    const { data, next_cursor } = page as Page<object>;
    return { [name]: data.map(toMessage), next_cursor };
  };
  return SetMetadata(ANSWER, toAnswer);
}

/** An RPC that answers what a preview says: of its conditions, what they met is free-form JSON. */
export function AnswersPreview(): MethodDecorator {
  const toAnswer: ToAnswer = (view) => {
    const { filter, ...rest } = view as WebhookPreviewView;
    return { ...rest, filter: filter && { ...filter, clauses: filter.clauses.map(toMessage) } };
  };
  return SetMetadata(ANSWER, toAnswer);
}

/** An RPC that begins a replay, or previews one. */
export function AnswersReplay(): MethodDecorator {
  const toAnswer: ToAnswer = (view) => ('sample' in view ? { preview: view } : { replay: view });
  return SetMetadata(ANSWER, toAnswer);
}
