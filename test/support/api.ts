import type { AccountView, CreatedAccountView } from '#libs/api/src/account.dto';
import type { DeliveryDetailView, DeliveryView } from '#libs/api/src/delivery.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { CreateWebhookDto, WebhookWithSecretView } from '#libs/api/src/webhook.dto';
import { API, Contract } from './contract.js';

export interface Answered<T> {
  status: number;
  headers: Headers;
  body: T;
}

/**
 * A client of the management API. Throws for every answer that differs from the API's document, but never for a status.
 */
export class Api {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered<T>> {
    const answer = await fetch(`${this.url}${API}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const answered = { status: answer.status, headers: answer.headers, body: (text === '' ? null : JSON.parse(text)) as T };
    (await Contract.of(this.url)).check({ method, path, requestBody: body, ...answered });
    return answered;
  }

  get<T>(path: string): Promise<Answered<T>> {
    return this.call<T>('GET', path);
  }

  post<T>(path: string, body?: unknown): Promise<Answered<T>> {
    return this.call<T>('POST', path, body ?? {});
  }

  /** Posts and returns the resource. Throws with the answer when its status is an error. */
  async made<T>(path: string, body: unknown): Promise<T> {
    const answer = await this.post<T>(path, body);
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  createWebhook(webhook: Partial<CreateWebhookDto> & Pick<CreateWebhookDto, 'url'>): Promise<WebhookWithSecretView> {
    return this.made('/webhooks', { name: 'Test', events: ['*'], ...webhook });
  }

  async deliveries(webhookId: string, query = ''): Promise<DeliveryView[]> {
    const all: DeliveryView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path: string = `/webhooks/${webhookId}/deliveries?limit=100${query}${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { status, body }: Answered<Page<DeliveryView>> = await this.get<Page<DeliveryView>>(path);
      if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`);
      all.push(...body.data);
      cursor = body.next_cursor;
    }
    return all;
  }

  async delivery(id: string): Promise<DeliveryDetailView> {
    return (await this.get<DeliveryDetailView>(`/deliveries/${id}`)).body;
  }
}

/** The operator's client. */
export class OperatorApi extends Api {
  async createAccount(profile: string, plan = 'enterprise'): Promise<{ account: AccountView; api: Api }> {
    const account = await this.made<CreatedAccountView>('/accounts', { name: `Test of ${profile}`, profile, plan });
    return { account, api: new Api(this.url, account.api_key) };
  }
}
