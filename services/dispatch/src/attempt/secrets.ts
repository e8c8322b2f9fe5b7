import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { boundTo, Keyring, open } from '#libs/signing/src/envelope-encryption';
import { sendableHeaders } from '#libs/outgoing/src/header-rule';
import { Injectable, Logger } from '@nestjs/common';

/** A webhook's stored secrets were moved or changed, or sealed under a key that we do not have. */
export class Unopenable extends Error {}

/** A webhook's secrets in the clear. Never logged, never stored, never part of a message. */
export interface OpenedSecrets {
  /** Newest first, without those whose rotation is over. */
  secrets: string[];
  /** The custom headers that may be sent. */
  headers: Record<string, string>;
}

interface Opened {
  secrets: { secret: string; untilMs: number }[];
  headers: Record<string, string>;
}

/** Decrypts secrets that only dispatch may read. A state's secrets are tried once, and forgotten with the state. */
@Injectable()
export class Secrets {
  private readonly logger = new Logger(Secrets.name);
  private readonly opened = new WeakMap<WebhookState, Opened | Unopenable>();

  constructor(private readonly keyring: Keyring) {}

  /** Throws Unopenable. */
  open(state: WebhookState, nowMs: number): OpenedSecrets {
    let opened = this.opened.get(state);
    if (!opened) {
      opened = this.tryToOpen(state);
      this.opened.set(state, opened);
    }
    if (opened instanceof Unopenable) throw opened;
    const secrets: string[] = [];
    for (const { secret, untilMs } of opened.secrets) if (nowMs < untilMs) secrets.push(secret);
    return { secrets, headers: opened.headers };
  }

  private tryToOpen(state: WebhookState): Opened | Unopenable {
    try {
      const dataKey = this.keyring.unwrap(state.dataKey);
      const bound = (field: 'secret' | 'headers'): string => boundTo(state.accountId, state.id, field);
      const secrets: Opened['secrets'] = [];
      for (const [index, { sealed, until }] of state.secrets.entries()) {
        try {
          const untilMs = until === null ? Infinity : Date.parse(until);
          secrets.push({ secret: open(dataKey, sealed, bound('secret')), untilMs });
        } catch (error) {
          // Only the newest has to sign, so a new secret repairs the webhook.
          if (index === 0) throw error;
        }
      }
      const headers =
        state.headers === null
          ? {}
          : sendableHeaders(JSON.parse(open(dataKey, state.headers, bound('headers'))) as Record<string, string>);
      return { secrets, headers };
    } catch (error) {
      this.logger.error(`the secrets of webhook ${state.id} cannot be opened: ${(error as Error).message}`);
      return new Unopenable(`the secrets of webhook ${state.id} cannot be opened`);
    }
  }
}
