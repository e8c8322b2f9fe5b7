export interface paths {
    "/api/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists accounts, newest first */
        get: operations["listAccounts"];
        put?: never;
        /** Creates an account, with its first API key */
        post: operations["createAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads an account */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        /** Deletes an account with its keys and webhooks */
        delete: operations["deleteAccount"];
        options?: never;
        head?: never;
        /** Changes an account */
        patch: operations["updateAccount"];
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists API keys, newest first */
        get: operations["listApiKeys"];
        put?: never;
        /** Creates an API key */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes an API key */
        delete: operations["deleteApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists webhooks, newest first */
        get: operations["listWebhooks"];
        put?: never;
        /** Creates a webhook */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries a webhook before it is saved */
        post: operations["testUnsavedWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries events and a filter on a stored event or a sample, and says what each condition does */
        post: operations["previewWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a webhook */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /** Deletes a webhook; what waits for it is cancelled */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /** Changes a webhook */
        patch: operations["updateWebhook"];
        trace?: never;
    };
    "/api/v1/webhooks/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pauses a webhook: its deliveries are held, in order */
        post: operations["pauseWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resumes a webhook: what was held is released, in order */
        post: operations["resumeWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rotates the signing secret; the old one signs as well during the overlap */
        post: operations["rotateSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends samples to a webhook */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells how a webhook does, and what waits for it */
        get: operations["getWebhookStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the deliveries of a webhook, newest first */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Publishes an event, or an array of up to 100; answered when they are stored */
        post: operations["publishEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a stored event and its deliveries */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rejected-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what came over NATS or to an inbound webhook and was not accepted, newest first */
        get: operations["listRejectedEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rejected-events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a rejected event, with its body as it came */
        get: operations["getRejectedEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rejected-events/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a rejected event again, edited or as it came; answered when it is stored */
        post: operations["resendRejectedEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a delivery: its payload and every attempt */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes another attempt now, in the place of an automatic one that waits; its result is in the log */
        post: operations["retryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancels a delivery that waits */
        post: operations["cancelDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what admins were told, newest first */
        get: operations["listNotifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Marks a notification as read */
        post: operations["markNotificationRead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inbound-webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists inbound webhooks, newest first */
        get: operations["listInboundWebhooks"];
        put?: never;
        /** Creates an inbound webhook, with the URL to post to */
        post: operations["createInboundWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inbound-webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads an inbound webhook */
        get: operations["getInboundWebhook"];
        put?: never;
        post?: never;
        /** Deletes an inbound webhook: its URL is no longer there */
        delete: operations["deleteInboundWebhook"];
        options?: never;
        head?: never;
        /** Changes an inbound webhook; its URL stays */
        patch: operations["updateInboundWebhook"];
        trace?: never;
    };
    "/api/v1/ip-addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the addresses that deliveries come from, for allow-lists */
        get: operations["listIpAddresses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists who changed what, newest first */
        get: operations["listAuditEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/event-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the event types that may be published and subscribed to */
        get: operations["listEventTypes"];
        put?: never;
        /** Creates an event type of your own */
        post: operations["createEventType"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/event-types/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes an event type of your own */
        delete: operations["deleteEventType"];
        options?: never;
        head?: never;
        /** Changes an event type of your own */
        patch: operations["updateEventType"];
        trace?: never;
    };
    "/api/v1/live/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follows deliveries as they happen; Last-Event-ID goes on where it stopped */
        get: operations["followDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        CreateAccountDto: {
            /** @example Acme Corp */
            name: string;
            /**
             * @description The CRM whose contract its receivers know. It cannot be changed later.
             * @enum {string}
             */
            profile: "asan" | "asistian" | "salesos" | "easycrm" | "automatenexus" | "standard";
            /**
             * @default standard
             * @enum {string}
             */
            plan?: "standard" | "professional" | "enterprise";
        };
        CreatedAccountView: {
            /** @example acc_789xyz */
            id: string;
            name: string;
            /** @enum {string} */
            profile: "asan" | "asistian" | "salesos" | "easycrm" | "automatenexus" | "standard";
            /** @enum {string} */
            plan: "standard" | "professional" | "enterprise";
            /** @enum {string} */
            schema_mode: "off" | "warn" | "reject";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /** @description The account's first key, with all scopes. Shown this once. */
            api_key: string;
        };
        AccountView: {
            /** @example acc_789xyz */
            id: string;
            name: string;
            /** @enum {string} */
            profile: "asan" | "asistian" | "salesos" | "easycrm" | "automatenexus" | "standard";
            /** @enum {string} */
            plan: "standard" | "professional" | "enterprise";
            /** @enum {string} */
            schema_mode: "off" | "warn" | "reject";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        UpdateAccountDto: {
            name?: string;
            /** @enum {string} */
            plan?: "standard" | "professional" | "enterprise";
            /**
             * @description What happens to events whose data does not fit the JSON Schema of their type.
             * @enum {string}
             */
            schema_mode?: "off" | "warn" | "reject";
        };
        CreateApiKeyDto: {
            name: string;
            scopes: ("*" | "webhooks:read" | "webhooks:write" | "events:read" | "events:write" | "deliveries:read" | "deliveries:write" | "keys:write" | "audit:read")[];
            /**
             * Format: date-time
             * @description RFC 3339; without it the key does not expire.
             */
            expires_at?: string;
        };
        CreatedApiKeyView: {
            id: string;
            name: string;
            scopes: ("*" | "webhooks:read" | "webhooks:write" | "events:read" | "events:write" | "deliveries:read" | "deliveries:write" | "keys:write" | "audit:read")[];
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            last_used_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Shown this once. */
            key: string;
        };
        ApiKeyView: {
            id: string;
            name: string;
            scopes: ("*" | "webhooks:read" | "webhooks:write" | "events:read" | "events:write" | "deliveries:read" | "deliveries:write" | "keys:write" | "audit:read")[];
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            last_used_at: string | null;
            /** Format: date-time */
            created_at: string;
        };
        RetryPolicyDto: {
            /** @description 0: no retries. */
            max_retries?: number;
            /** @description The delay before each retry. With fewer of them than `max_retries`, the last one is repeated. */
            intervals_seconds?: number[];
            /**
             * @description What an interval is counted from.
             * @enum {string}
             */
            counts_from?: "previous_attempt" | "first_failure";
            timeout_seconds?: number;
            /** @description The share of an interval that chance may add; it never shortens one. */
            jitter?: number;
        };
        AutoPauseDto: {
            /** @description Consecutive failures. */
            after_failures: number;
            /** @enum {string} */
            action: "pause" | "disable";
            /**
             * @description While paused by failures, one delivery is sent at growing intervals; when the receiver answers, the webhook is resumed.
             * @default false
             */
            probe?: boolean;
        };
        CreateWebhookDto: {
            /** @example ERP Sync */
            name: string;
            /**
             * @description Where deliveries go. HTTPS, a public address.
             * @example https://example.com/webhooks
             */
            url: string;
            /**
             * @description Event types and patterns: `deal.won`, `contact.*`, `*`.
             * @example [
             *       "deal.won",
             *       "contact.*"
             *     ]
             */
            events: string[];
            description?: string | null;
            /**
             * @default POST
             * @enum {string}
             */
            method?: "POST" | "PUT" | "PATCH";
            /**
             * @default application/json
             * @enum {string}
             */
            content_type?: "application/json" | "application/x-www-form-urlencoded";
            /**
             * @description Sent with every delivery. Their values are secrets: later only their last four characters are shown.
             * @example {
             *       "X-API-Key": "your-custom-key"
             *     }
             */
            headers?: {
                [key: string]: string;
            };
            /** @description Conditions on the event; null removes the filter. */
            filter?: components["schemas"]["Filter"] | null;
            /** @description The signing secret; generated when left out. */
            secret?: string;
            retry_policy?: components["schemas"]["RetryPolicyDto"];
            /** @description What happens after failures in a row; null: nothing. */
            auto_pause?: components["schemas"]["AutoPauseDto"] | null;
            /** @description Requests at once; null: as many as the receiver proves able to take. */
            max_concurrency?: number | null;
            /** @description Requests a second; null: no limit. */
            rate_per_second?: number | null;
        };
        RetryPolicyView: {
            max_retries: number;
            intervals_seconds: number[];
            /** @enum {string} */
            counts_from: "previous_attempt" | "first_failure";
            timeout_seconds: number;
            jitter: number;
        };
        AutoPauseView: {
            after_failures: number;
            /** @enum {string} */
            action: "pause" | "disable";
            probe: boolean;
        };
        WebhookWithSecretView: {
            /** @example wh_abc123def456 */
            id: string;
            name: string;
            url: string;
            events: string[];
            /**
             * @description `error`: active, but its latest deliveries fail.
             * @enum {string}
             */
            status: "active" | "paused" | "error" | "disabled";
            description: string | null;
            /** @enum {string} */
            method: "POST" | "PUT" | "PATCH";
            /** @enum {string} */
            content_type: "application/json" | "application/x-www-form-urlencoded";
            /** @description Names, and the last four characters of each value. */
            headers: {
                [key: string]: string;
            };
            filter: components["schemas"]["Filter"] | null;
            retry_policy: components["schemas"]["RetryPolicyView"];
            auto_pause: components["schemas"]["AutoPauseView"] | null;
            max_concurrency: number | null;
            rate_per_second: number | null;
            secret_last4: string;
            consecutive_failures: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * @description Shown this once.
             * @example whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD
             */
            secret: string;
        };
        TestUnsavedWebhookDto: {
            /** @example ERP Sync */
            name: string;
            /**
             * @description Where deliveries go. HTTPS, a public address.
             * @example https://example.com/webhooks
             */
            url: string;
            /**
             * @description Event types and patterns: `deal.won`, `contact.*`, `*`.
             * @example [
             *       "deal.won",
             *       "contact.*"
             *     ]
             */
            events: string[];
            description?: string | null;
            /**
             * @default POST
             * @enum {string}
             */
            method?: "POST" | "PUT" | "PATCH";
            /**
             * @default application/json
             * @enum {string}
             */
            content_type?: "application/json" | "application/x-www-form-urlencoded";
            /**
             * @description Sent with every delivery. Their values are secrets: later only their last four characters are shown.
             * @example {
             *       "X-API-Key": "your-custom-key"
             *     }
             */
            headers?: {
                [key: string]: string;
            };
            /** @description Conditions on the event; null removes the filter. */
            filter?: components["schemas"]["Filter"] | null;
            /** @description The signing secret; generated when left out. */
            secret?: string;
            retry_policy?: components["schemas"]["RetryPolicyDto"];
            /** @description What happens after failures in a row; null: nothing. */
            auto_pause?: components["schemas"]["AutoPauseDto"] | null;
            /** @description Requests at once; null: as many as the receiver proves able to take. */
            max_concurrency?: number | null;
            /** @description Requests a second; null: no limit. */
            rate_per_second?: number | null;
            /** @example deal.won */
            event?: string;
        };
        TestResultView: {
            event: string;
            success: boolean;
            status_code: number | null;
            /** @description `HTTP 200 OK`, `Failed: 500`, `Failed: connection refused`. */
            message: string;
            response_time_ms: number;
            delivery_id: string;
        };
        TestResultsView: {
            results: components["schemas"]["TestResultView"][];
        };
        PreviewWebhookDto: {
            /**
             * @description Event types and patterns: `deal.won`, `contact.*`, `*`.
             * @example [
             *       "deal.won",
             *       "contact.*"
             *     ]
             */
            events?: string[];
            /** @description Conditions on the event; null removes the filter. */
            filter?: components["schemas"]["Filter"] | null;
            /** @description A webhook whose `events` and `filter` are tried where they are left out here. */
            webhook_id?: string;
            /** @description A stored event, instead of `event`. */
            event_id?: string;
            /**
             * @description An event type.
             * @example deal.won
             */
            event?: string;
            /**
             * @description The data of an event of the type `event`; the catalog's sample when left out.
             * @example {
             *       "id": "deal_42",
             *       "amount": 250
             *     }
             */
            data?: {
                [key: string]: unknown;
            };
        };
        PreviewClauseView: {
            /**
             * @description Where the condition is, into the body of the request.
             * @example /filter/all/1
             */
            pointer: string;
            /** @example data.amount gte 1000 */
            clause: string;
            /** @description What the condition says by itself, whatever a `not` or an `any` around it makes of that. */
            passes: boolean;
            /**
             * @description What the event has there, cut to 1,000 characters of JSON if it is longer; not there if it has nothing.
             * @example 250
             */
            actual?: (string | number | boolean | unknown[] | {
                [key: string]: unknown;
            }) | null;
        };
        PreviewFilterView: {
            passes: boolean;
            /**
             * @description Which condition decided, and what it met.
             * @example data.amount gte 1000 failed with 250
             */
            because: string | null;
            /** @description Every condition, in the order of the filter. */
            clauses: components["schemas"]["PreviewClauseView"][];
        };
        WebhookPreviewView: {
            /** @description It would be delivered: subscribed to, and let through by the filter. */
            matches: boolean;
            /** @example deal.won */
            event: string;
            /** @description Null for a sample. */
            event_id: string | null;
            subscribed: boolean;
            /**
             * @description The one of `events` that matches.
             * @example deal.*
             */
            pattern: string | null;
            /** @description Null when there is no filter. */
            filter: components["schemas"]["PreviewFilterView"] | null;
        };
        WebhookView: {
            /** @example wh_abc123def456 */
            id: string;
            name: string;
            url: string;
            events: string[];
            /**
             * @description `error`: active, but its latest deliveries fail.
             * @enum {string}
             */
            status: "active" | "paused" | "error" | "disabled";
            description: string | null;
            /** @enum {string} */
            method: "POST" | "PUT" | "PATCH";
            /** @enum {string} */
            content_type: "application/json" | "application/x-www-form-urlencoded";
            /** @description Names, and the last four characters of each value. */
            headers: {
                [key: string]: string;
            };
            filter: components["schemas"]["Filter"] | null;
            retry_policy: components["schemas"]["RetryPolicyView"];
            auto_pause: components["schemas"]["AutoPauseView"] | null;
            max_concurrency: number | null;
            rate_per_second: number | null;
            secret_last4: string;
            consecutive_failures: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        UpdateWebhookDto: {
            /** @example ERP Sync */
            name?: string;
            /**
             * @description Where deliveries go. HTTPS, a public address.
             * @example https://example.com/webhooks
             */
            url?: string;
            /**
             * @description Event types and patterns: `deal.won`, `contact.*`, `*`.
             * @example [
             *       "deal.won",
             *       "contact.*"
             *     ]
             */
            events?: string[];
            description?: string | null;
            /** @enum {string} */
            method?: "POST" | "PUT" | "PATCH";
            /** @enum {string} */
            content_type?: "application/json" | "application/x-www-form-urlencoded";
            /**
             * @description Sent with every delivery. Their values are secrets: later only their last four characters are shown.
             * @example {
             *       "X-API-Key": "your-custom-key"
             *     }
             */
            headers?: {
                [key: string]: string;
            };
            /** @description Conditions on the event; null removes the filter. */
            filter?: components["schemas"]["Filter"] | null;
            /** @description The signing secret; generated when left out. */
            secret?: string;
            retry_policy?: components["schemas"]["RetryPolicyDto"];
            /** @description What happens after failures in a row; null: nothing. */
            auto_pause?: components["schemas"]["AutoPauseDto"] | null;
            /** @description Requests at once; null: as many as the receiver proves able to take. */
            max_concurrency?: number | null;
            /** @description Requests a second; null: no limit. */
            rate_per_second?: number | null;
        };
        ResumeWebhookDto: {
            /** @description The rate at which what was held is released; without it the webhook's own limits apply. */
            rate_per_second?: number;
        };
        RotateSecretDto: {
            /** @description Generated when left out. */
            secret?: string;
            /**
             * @description For so long the old secret signs as well.
             * @default 86400
             */
            overlap_seconds?: number;
        };
        TestWebhookDto: {
            /**
             * @description One event type; without it, one sample for each type that the webhook subscribes to.
             * @example deal.won
             */
            event?: string;
        };
        WebhookStatsView: {
            /** Format: date-time */
            since: string;
            success: number;
            failed: number;
            cancelled: number;
            /** @description 0–1, of the deliveries that have ended; null when none has. */
            success_rate: number | null;
            p50_response_time_ms: number | null;
            p95_response_time_ms: number | null;
            /** @description On their way. */
            pending: number;
            /** @description Waiting for their next attempt, now. */
            pending_retry: number;
            /** @description Waiting for the webhook, now: while it is paused, or until their turn comes. Falls while they are released. */
            held: number;
            /**
             * Format: date-time
             * @description When the event of the oldest of them was stored.
             */
            oldest_held_at: string | null;
        };
        DeliveryView: {
            /** @example dlv_01c6 */
            id: string;
            webhook_id: string;
            event_id: string;
            /** @example deal.won */
            event: string;
            /** @enum {string} */
            status: "pending" | "pending_retry" | "success" | "failed" | "held" | "cancelled";
            response_code: number | null;
            response_time_ms: number | null;
            retry_count: number;
            /** Format: date-time */
            next_attempt_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            is_test: boolean;
            replay_of?: string;
        };
        PublishEventDto: {
            /** @description The same id twice within the window is one event. Generated when left out. */
            id?: string;
            /** @example deal.won */
            event: string;
            /**
             * Format: date-time
             * @description The time of acceptance when left out.
             */
            timestamp?: string;
            /**
             * @example {
             *       "id": "deal_42",
             *       "amount": 50000
             *     }
             */
            data: {
                [key: string]: unknown;
            };
            /**
             * @description The record the event is about. When left out it is made of `data.id` or `data.<noun>_id`.
             * @example deal:42
             */
            key?: string;
        };
        SchemaWarningView: {
            /** @example /data/amount */
            pointer: string;
            /** @example must be number */
            detail: string;
        };
        EventReceiptView: {
            id: string;
            event: string;
            /** Format: date-time */
            timestamp: string;
            /** @description It was accepted before; this changes nothing. */
            duplicate: boolean;
            /** @description Only when there are any. */
            warnings?: components["schemas"]["SchemaWarningView"][];
        };
        EventDeliveryView: {
            id: string;
            webhook_id: string;
            /** @enum {string} */
            status: "pending" | "pending_retry" | "success" | "failed" | "held" | "cancelled";
        };
        EventView: {
            id: string;
            event: string;
            /** Format: date-time */
            timestamp: string;
            key: string | null;
            data: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            stored_at: string;
            warnings: components["schemas"]["SchemaWarningView"][];
            deliveries: components["schemas"]["EventDeliveryView"][];
        };
        RejectedEventView: {
            id: string;
            /** @description A problem code: `unknown_event_type`, `invalid_json`, … */
            code: string;
            reason: string;
            /** @description The NATS subject it came on, or `/in/` and the id of the inbound webhook. */
            source: string;
            event_id: string | null;
            event: string | null;
            /** Format: date-time */
            received_at: string;
            body_bytes: number;
            /** @description The event that it became when it was last sent again. */
            resent_as: string | null;
            /** Format: date-time */
            resent_at: string | null;
        };
        RejectedEventDetailView: {
            id: string;
            /** @description A problem code: `unknown_event_type`, `invalid_json`, … */
            code: string;
            reason: string;
            /** @description The NATS subject it came on, or `/in/` and the id of the inbound webhook. */
            source: string;
            event_id: string | null;
            event: string | null;
            /** Format: date-time */
            received_at: string;
            body_bytes: number;
            /** @description The event that it became when it was last sent again. */
            resent_as: string | null;
            /** Format: date-time */
            resent_at: string | null;
            /** @description As it came, as text. */
            body: string;
        };
        ResendRejectedEventDto: {
            /** @description The edited body: JSON as text, whose bytes stay as they are, or an object. Without it, the body as it came. What came over NATS is an envelope, `{"data": {…}}`; what came to an inbound webhook goes through its mapping. */
            body?: string | {
                [key: string]: unknown;
            };
        };
        AttemptView: {
            number: number;
            /** Format: date-time */
            at: string;
            status_code: number | null;
            error: string | null;
            response_time_ms: number;
            /** @description The first 1,000 characters. */
            response_body: string;
            response_headers: {
                [key: string]: string;
            };
            /** @enum {string} */
            trigger: "event" | "schedule" | "retry" | "replay" | "test" | "release";
        };
        DeliveryDetailView: {
            /** @example dlv_01c6 */
            id: string;
            webhook_id: string;
            event_id: string;
            /** @example deal.won */
            event: string;
            /** @enum {string} */
            status: "pending" | "pending_retry" | "success" | "failed" | "held" | "cancelled";
            response_code: number | null;
            response_time_ms: number | null;
            retry_count: number;
            /** Format: date-time */
            next_attempt_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            is_test: boolean;
            replay_of?: string;
            /** @description Why it ended, waits or was cancelled, where the status does not say it. */
            reason: string | null;
            /** @description The exact bytes sent, as text; null before the first attempt, and when the event is no longer kept. */
            payload: string | null;
            /** @description Of the last attempt, the values of secrets masked. */
            request_headers: {
                [key: string]: string;
            };
            attempts: components["schemas"]["AttemptView"][];
        };
        NotificationView: {
            /** @example ntf_01c6 */
            id: string;
            /** @enum {string} */
            type: "webhook.failing" | "webhook.paused" | "webhook.disabled" | "webhook.resumed" | "delivery.exhausted" | "deliveries.expiring";
            /** @example Webhook 'ERP Sync' has been paused due to repeated failures */
            message: string;
            webhook_id: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            read_at: string | null;
        };
        InboundVerificationDto: {
            /**
             * @description How the sender signs, each with HMAC-SHA256: `standard` is Standard Webhooks; `hex`, `base64` and `prefixed_hex` (`sha256=…`) are of the body; `timestamped` (`t=…,v1=…`) is of time and body. Times may be 300 seconds off.
             * @enum {string}
             */
            scheme: "standard" | "hex" | "base64" | "prefixed_hex" | "timestamped";
            /**
             * @description The header that carries the signature. `standard` needs none: its headers have names of their own.
             * @example X-Hub-Signature-256
             */
            header?: string | null;
            /** @description What the sender signs with. It is never shown again. */
            secret: string;
        };
        InboundMappingDto: {
            /**
             * @description What the sender tells its events apart by: within seven days, the same one has no second effect.
             * @example event.id
             */
            id?: string;
            /**
             * @description The record the event is about.
             * @example object.customer_id
             */
            key?: string;
            /**
             * @description An RFC 3339 time, or Unix time in seconds or milliseconds. Without it, the time of reception.
             * @example event.created_at
             */
            timestamp?: string;
            /**
             * @description The event's data: an object of the body, or its fields one by one. Without it, the whole body.
             * @example {
             *       "email": "object.contact.email"
             *     }
             */
            data?: string | {
                [key: string]: string;
            };
        };
        CreateInboundWebhookDto: {
            /** @example Form on the website */
            name: string;
            /**
             * @description The type of the events that it makes.
             * @example lead.created
             */
            event: string;
            /** @description Without it, whoever knows the URL may post; null removes it. */
            verification?: components["schemas"]["InboundVerificationDto"] | null;
            /** @description How a body becomes an event. Without it, the body is the event's data; null removes it. */
            mapping?: components["schemas"]["InboundMappingDto"] | null;
        };
        InboundVerificationView: {
            /** @enum {string} */
            scheme: "standard" | "hex" | "base64" | "prefixed_hex" | "timestamped";
            header: string | null;
        };
        InboundWebhookView: {
            /** @example in_abc123def456 */
            id: string;
            name: string;
            event: string;
            /**
             * @description Where to post JSON of up to 256 KiB: 202 with an id once it is stored, 401 when it does not verify. The token in it is shown by the answer that creates it, later its last four characters.
             * @example https://tidings.example.com/in/3q2-7wJk…
             */
            url: string;
            verification: components["schemas"]["InboundVerificationView"] | null;
            mapping: components["schemas"]["InboundMappingDto"] | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        UpdateInboundWebhookDto: {
            /** @example Form on the website */
            name?: string;
            /**
             * @description The type of the events that it makes.
             * @example lead.created
             */
            event?: string;
            /** @description Without it, whoever knows the URL may post; null removes it. */
            verification?: components["schemas"]["InboundVerificationDto"] | null;
            /** @description How a body becomes an event. Without it, the body is the event's data; null removes it. */
            mapping?: components["schemas"]["InboundMappingDto"] | null;
        };
        AuditEntryView: {
            /** @example aud_01c6 */
            id: string;
            /** Format: date-time */
            at: string;
            /** @description The id of the API key that was used, `operator`, or `tidings` for what follows from failures. */
            actor: string;
            /** @enum {string} */
            action: "account.created" | "account.updated" | "account.deleted" | "api_key.created" | "api_key.deleted" | "event_type.created" | "event_type.updated" | "event_type.deleted" | "webhook.created" | "webhook.updated" | "webhook.deleted" | "webhook.paused" | "webhook.resumed" | "webhook.disabled" | "webhook.secret_rotated" | "inbound_webhook.created" | "inbound_webhook.updated" | "inbound_webhook.deleted";
            /** @description The id, or the name, of what was changed. */
            subject_id: string;
            /**
             * @example {
             *       "url": {
             *         "from": "https://old.example.com/hook",
             *         "to": "https://new.example.com/hook"
             *       }
             *     }
             */
            changes: {
                [key: string]: {
                    from: unknown;
                    to: unknown;
                };
            };
        };
        EventTypeView: {
            /** @example deal.won */
            name: string;
            category: string;
            description: string;
            schema: {
                [key: string]: unknown;
            } | null;
            sample: {
                [key: string]: unknown;
            };
            /** @description Made by the account; the others belong to its profile. */
            is_own: boolean;
        };
        CreateEventTypeDto: {
            /**
             * @description Lower-case words joined by dots, at most eight, e.g. `invoice.payment.failed`.
             * @example shipment.delayed
             */
            name: string;
            /** @example Shipments */
            category: string;
            /** @example A shipment will arrive later than promised */
            description: string;
            /** @description JSON Schema (draft 2020-12) of `data`, at most 64 KiB; without it any object is accepted. */
            schema?: {
                [key: string]: unknown;
            } | null;
            /** @description A realistic `data`, which must fit the schema: test deliveries are made of it. */
            sample?: {
                [key: string]: unknown;
            };
        };
        UpdateEventTypeDto: {
            /** @example Shipments */
            category?: string;
            /** @example A shipment will arrive later than promised */
            description?: string;
            /** @description JSON Schema (draft 2020-12) of `data`, at most 64 KiB; without it any object is accepted. */
            schema?: {
                [key: string]: unknown;
            } | null;
            /** @description A realistic `data`, which must fit the schema: test deliveries are made of it. */
            sample?: {
                [key: string]: unknown;
            };
        };
        LiveDeliveryView: {
            /** @example dlv_01c6 */
            id: string;
            webhook_id: string;
            event_id: string;
            /** @example deal.won */
            event: string;
            /** @enum {string} */
            status: "pending" | "pending_retry" | "success" | "failed" | "held" | "cancelled";
            response_code: number | null;
            response_time_ms: number | null;
            /** Format: date-time */
            next_attempt_at: string | null;
            is_test: boolean;
            replay_of?: string;
            attempts: number;
            /** Format: date-time */
            at: string;
        };
        /** @description What went wrong (RFC 9457). Programs read `code`, which is never renamed; `detail` is for people. */
        Problem: {
            /** Format: uri */
            type: string;
            title: string;
            status: number;
            detail: string;
            /** @enum {string} */
            code: "bad_request" | "validation_failed" | "unauthorized" | "forbidden" | "not_found" | "account_not_found" | "api_key_not_found" | "webhook_not_found" | "event_not_found" | "event_type_not_found" | "delivery_not_found" | "replay_not_found" | "inbound_webhook_not_found" | "notification_not_found" | "rejected_event_not_found" | "conflict" | "event_type_exists" | "idempotency_key_in_use" | "idempotency_key_reused" | "body_too_large" | "unsupported_media_type" | "invalid_json" | "invalid_event" | "unknown_event_type" | "schema_mismatch" | "invalid_cursor" | "webhook_limit_reached" | "rate_limited" | "unverified" | "internal_error" | "unavailable";
            /** @description Each mistake in what was sent. */
            errors?: {
                /** @description Where: RFC 6901, into the body or the query. */
                pointer: string;
                detail: string;
            }[];
        };
        /**
         * @description A condition on the envelope, or several under `all`, `any` or `not`: at most 50, at most 5 levels deep. Capital and small letters are different. A text that is a number of at most 16 characters (`"50000.00"`; not `"007"` or `"+1"`) is that number when it is compared with one.
         * @example {
         *       "all": [
         *         {
         *           "path": "data.amount",
         *           "op": "gte",
         *           "value": 1000
         *         },
         *         {
         *           "not": {
         *             "path": "data.tags",
         *             "op": "contains",
         *             "value": "test"
         *           }
         *         }
         *       ]
         *     }
         */
        Filter: {
            /**
             * @description Dotted, from the envelope: `event`, `data.owner.id`. A number is an element of a list: `data.items.0.sku`; any other name is looked for in every element, and what is found is a list: `data.tags.name`.
             * @example data.amount
             */
            path: string;
            /** @enum {string} */
            op: "eq" | "ne" | "contains";
            value: string | number | boolean | null;
        } | {
            /**
             * @description Dotted, from the envelope: `event`, `data.owner.id`. A number is an element of a list: `data.items.0.sku`; any other name is looked for in every element, and what is found is a list: `data.tags.name`.
             * @example data.amount
             */
            path: string;
            /** @enum {string} */
            op: "gt" | "gte" | "lt" | "lte";
            value: string | number;
        } | {
            /**
             * @description Dotted, from the envelope: `event`, `data.owner.id`. A number is an element of a list: `data.items.0.sku`; any other name is looked for in every element, and what is found is a list: `data.tags.name`.
             * @example data.amount
             */
            path: string;
            /** @enum {string} */
            op: "in";
            value: (string | number | boolean | null)[];
        } | {
            /**
             * @description Dotted, from the envelope: `event`, `data.owner.id`. A number is an element of a list: `data.items.0.sku`; any other name is looked for in every element, and what is found is a list: `data.tags.name`.
             * @example data.amount
             */
            path: string;
            /** @enum {string} */
            op: "starts_with";
            value: string;
        } | {
            /**
             * @description Dotted, from the envelope: `event`, `data.owner.id`. A number is an element of a list: `data.items.0.sku`; any other name is looked for in every element, and what is found is a list: `data.tags.name`.
             * @example data.amount
             */
            path: string;
            /** @enum {string} */
            op: "exists";
            /** @default true */
            value?: boolean;
        } | {
            /**
             * @description Dotted, from the envelope: `event`, `data.owner.id`. A number is an element of a list: `data.items.0.sku`; any other name is looked for in every element, and what is found is a list: `data.tags.name`.
             * @example data.amount
             */
            path: string;
            /** @enum {string} */
            op: "changed";
            /** @enum {boolean} */
            value?: true;
        } | {
            all: components["schemas"]["Filter"][];
        } | {
            any: components["schemas"]["Filter"][];
        } | {
            not: components["schemas"]["Filter"];
        };
    };
    responses: {
        /** @description `unauthorized`: A valid API key is needed */
        unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 401;
                    /** @enum {unknown} */
                    code?: "unauthorized";
                };
            };
        };
        /** @description `forbidden`: The API key does not allow this */
        forbidden: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 403;
                    /** @enum {unknown} */
                    code?: "forbidden";
                };
            };
        };
        /** @description `rate_limited`: Too many requests */
        rate_limited: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 429;
                    /** @enum {unknown} */
                    code?: "rate_limited";
                };
            };
        };
        /** @description `validation_failed`: Some fields are not valid */
        validation_failed: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 422;
                    /** @enum {unknown} */
                    code?: "validation_failed";
                };
            };
        };
        /** @description `invalid_cursor`: The cursor is not valid here */
        invalid_cursor: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 400;
                    /** @enum {unknown} */
                    code?: "invalid_cursor";
                };
            };
        };
        /** @description `unavailable`: The service cannot answer at the moment */
        unavailable: {
            headers: {
                /** @description Requests a minute for this key. */
                "X-RateLimit-Limit"?: number;
                /** @description Requests left in this minute. */
                "X-RateLimit-Remaining"?: number;
                /** @description Seconds until the next minute begins. */
                "X-RateLimit-Reset"?: number;
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 503;
                    /** @enum {unknown} */
                    code?: "unavailable";
                };
            };
        };
        /** @description `invalid_json`: The body is not valid JSON; `bad_request`: The request could not be understood */
        invalid_json_or_bad_request: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 400;
                    /** @enum {unknown} */
                    code?: "invalid_json" | "bad_request";
                };
            };
        };
        /** @description `body_too_large`: The body is too large */
        body_too_large: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 413;
                    /** @enum {unknown} */
                    code?: "body_too_large";
                };
            };
        };
        /** @description `unsupported_media_type`: This content type is not supported */
        unsupported_media_type: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 415;
                    /** @enum {unknown} */
                    code?: "unsupported_media_type";
                };
            };
        };
        /** @description `validation_failed`: Some fields are not valid; `idempotency_key_reused`: This Idempotency-Key was used with another request */
        validation_failed_or_idempotency_key_reused: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 422;
                    /** @enum {unknown} */
                    code?: "validation_failed" | "idempotency_key_reused";
                };
            };
        };
        /** @description `idempotency_key_in_use`: A request with this Idempotency-Key is still running */
        idempotency_key_in_use: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 409;
                    /** @enum {unknown} */
                    code?: "idempotency_key_in_use";
                };
            };
        };
        /** @description `account_not_found`: No such account; `not_found`: There is nothing at this address */
        account_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "account_not_found" | "not_found";
                };
            };
        };
        /** @description `invalid_json`: The body is not valid JSON */
        invalid_json: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 400;
                    /** @enum {unknown} */
                    code?: "invalid_json";
                };
            };
        };
        /** @description `api_key_not_found`: No such API key; `not_found`: There is nothing at this address */
        api_key_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "api_key_not_found" | "not_found";
                };
            };
        };
        /** @description `webhook_limit_reached`: The plan allows no more webhooks; `forbidden`: The API key does not allow this */
        webhook_limit_reached_or_forbidden: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 403;
                    /** @enum {unknown} */
                    code?: "webhook_limit_reached" | "forbidden";
                };
            };
        };
        /** @description `webhook_not_found`: No such webhook; `event_not_found`: No such event */
        webhook_not_found_or_event_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "webhook_not_found" | "event_not_found";
                };
            };
        };
        /** @description `webhook_not_found`: No such webhook; `not_found`: There is nothing at this address */
        webhook_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "webhook_not_found" | "not_found";
                };
            };
        };
        /** @description `conflict`: The request does not fit the present state; `idempotency_key_in_use`: A request with this Idempotency-Key is still running */
        conflict_or_idempotency_key_in_use: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 409;
                    /** @enum {unknown} */
                    code?: "conflict" | "idempotency_key_in_use";
                };
            };
        };
        /** @description `bad_request`: The request could not be understood */
        bad_request: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 400;
                    /** @enum {unknown} */
                    code?: "bad_request";
                };
            };
        };
        /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
        idempotency_key_reused: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 422;
                    /** @enum {unknown} */
                    code?: "idempotency_key_reused";
                };
            };
        };
        /** @description `invalid_event`: The event is not valid; `unknown_event_type`: The event type is not in the catalog; `schema_mismatch`: The data does not fit the JSON Schema of the event type; `validation_failed`: Some fields are not valid; `idempotency_key_reused`: This Idempotency-Key was used with another request */
        invalid_event_or_unknown_event_type_or_schema_mismatch_or_validation_failed_or_idempotency_key_reused: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 422;
                    /** @enum {unknown} */
                    code?: "invalid_event" | "unknown_event_type" | "schema_mismatch" | "validation_failed" | "idempotency_key_reused";
                };
            };
        };
        /** @description `event_not_found`: No such event; `not_found`: There is nothing at this address */
        event_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "event_not_found" | "not_found";
                };
            };
        };
        /** @description `rejected_event_not_found`: No such rejected event; `not_found`: There is nothing at this address */
        rejected_event_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "rejected_event_not_found" | "not_found";
                };
            };
        };
        /** @description `rejected_event_not_found`: No such rejected event; `inbound_webhook_not_found`: No such inbound webhook; `not_found`: There is nothing at this address */
        rejected_event_not_found_or_inbound_webhook_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "rejected_event_not_found" | "inbound_webhook_not_found" | "not_found";
                };
            };
        };
        /** @description `delivery_not_found`: No such delivery; `not_found`: There is nothing at this address */
        delivery_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "delivery_not_found" | "not_found";
                };
            };
        };
        /** @description `notification_not_found`: No such notification; `not_found`: There is nothing at this address */
        notification_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "notification_not_found" | "not_found";
                };
            };
        };
        /** @description `inbound_webhook_not_found`: No such inbound webhook; `not_found`: There is nothing at this address */
        inbound_webhook_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "inbound_webhook_not_found" | "not_found";
                };
            };
        };
        /** @description `event_type_exists`: An event type of this name exists; `conflict`: The request does not fit the present state; `idempotency_key_in_use`: A request with this Idempotency-Key is still running */
        event_type_exists_or_conflict_or_idempotency_key_in_use: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 409;
                    /** @enum {unknown} */
                    code?: "event_type_exists" | "conflict" | "idempotency_key_in_use";
                };
            };
        };
        /** @description `event_type_not_found`: No such event type; `not_found`: There is nothing at this address */
        event_type_not_found_or_not_found: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 404;
                    /** @enum {unknown} */
                    code?: "event_type_not_found" | "not_found";
                };
            };
        };
        /** @description `conflict`: The request does not fit the present state */
        conflict: {
            headers: {
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    status?: 409;
                    /** @enum {unknown} */
                    code?: "conflict";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Requests a minute for this key. */
        "X-RateLimit-Limit": number;
        /** @description Requests left in this minute. */
        "X-RateLimit-Remaining": number;
        /** @description Seconds until the next minute begins. */
        "X-RateLimit-Reset": number;
        /** @description This is the first answer again. */
        "Idempotency-Replayed": true;
        /** @description Seconds to wait. */
        "Retry-After": number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAccounts: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists accounts, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AccountView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["invalid_cursor"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    createAccount: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateAccountDto"];
            };
        };
        responses: {
            /** @description Creates an account, with its first API key */
            201: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedAccountView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Reads an account */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["account_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    deleteAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deletes an account with its keys and webhooks */
            204: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["account_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    updateAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateAccountDto"];
            };
        };
        responses: {
            /** @description Changes an account */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"];
                };
            };
            400: components["responses"]["invalid_json"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["account_not_found_or_not_found"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists API keys, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ApiKeyView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["invalid_cursor"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateApiKeyDto"];
            };
        };
        responses: {
            /** @description Creates an API key */
            201: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKeyView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    deleteApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deletes an API key */
            204: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["api_key_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description One or several. */
                status?: ("active" | "paused" | "error" | "disabled")[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists webhooks, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WebhookView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["invalid_cursor"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateWebhookDto"];
            };
        };
        responses: {
            /** @description Creates a webhook */
            201: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecretView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["webhook_limit_reached_or_forbidden"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    testUnsavedWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TestUnsavedWebhookDto"];
            };
        };
        responses: {
            /** @description Tries a webhook before it is saved */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestResultsView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    previewWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PreviewWebhookDto"];
            };
        };
        responses: {
            /** @description Tries events and a filter on a stored event or a sample, and says what each condition does */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookPreviewView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_event_not_found"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Reads a webhook */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deletes a webhook; what waits for it is cancelled */
            204: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    updateWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateWebhookDto"];
            };
        };
        responses: {
            /** @description Changes a webhook */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            400: components["responses"]["invalid_json"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    pauseWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Pauses a webhook: its deliveries are held, in order */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            400: components["responses"]["bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            409: components["responses"]["conflict_or_idempotency_key_in_use"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    resumeWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ResumeWebhookDto"];
            };
        };
        responses: {
            /** @description Resumes a webhook: what was held is released, in order */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    rotateSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateSecretDto"];
            };
        };
        responses: {
            /** @description Rotates the signing secret; the old one signs as well during the overlap */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecretView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TestWebhookDto"];
            };
        };
        responses: {
            /** @description Sends samples to a webhook */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestResultsView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    getWebhookStats: {
        parameters: {
            query?: {
                /** @description RFC 3339: of the deliveries created since then; the last 24 hours by default. */
                since?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tells how a webhook does, and what waits for it */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookStatsView"];
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description One or several. */
                status?: ("pending" | "pending_retry" | "success" | "failed" | "held" | "cancelled")[];
                /** @description An event type. */
                event?: string;
                /** @description RFC 3339: deliveries created at or after this time. */
                since?: string;
                /** @description RFC 3339: deliveries created before this time. */
                until?: string;
                /** @description An event id or a record key, whole; else a part of a response's body. One page looks at the newest 10,000 deliveries, so it may be short and still have a `next_cursor`. */
                search?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists the deliveries of a webhook, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["DeliveryView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["invalid_cursor"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["webhook_not_found_or_not_found"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    publishEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PublishEventDto"] | components["schemas"]["PublishEventDto"][];
            };
        };
        responses: {
            /** @description Publishes an event, or an array of up to 100; answered when they are stored */
            202: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventReceiptView"] | components["schemas"]["EventReceiptView"][];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["invalid_event_or_unknown_event_type_or_schema_mismatch_or_validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Reads a stored event and its deliveries */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventView"];
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["event_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listRejectedEvents: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists what came over NATS or to an inbound webhook and was not accepted, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["RejectedEventView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["invalid_cursor"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    getRejectedEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Reads a rejected event, with its body as it came */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RejectedEventDetailView"];
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["rejected_event_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    resendRejectedEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ResendRejectedEventDto"];
            };
        };
        responses: {
            /** @description Sends a rejected event again, edited or as it came; answered when it is stored */
            202: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventReceiptView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["rejected_event_not_found_or_inbound_webhook_not_found_or_not_found"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["invalid_event_or_unknown_event_type_or_schema_mismatch_or_validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Reads a delivery: its payload and every attempt */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryDetailView"];
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["delivery_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    retryDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Makes another attempt now, in the place of an automatic one that waits; its result is in the log */
            202: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryView"];
                };
            };
            400: components["responses"]["bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["delivery_not_found_or_not_found"];
            409: components["responses"]["conflict_or_idempotency_key_in_use"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    cancelDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cancels a delivery that waits */
            202: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryView"];
                };
            };
            400: components["responses"]["bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["delivery_not_found_or_not_found"];
            409: components["responses"]["conflict_or_idempotency_key_in_use"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listNotifications: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description `true`: only what has not been read. */
                unread?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists what admins were told, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["NotificationView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["invalid_cursor"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    markNotificationRead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Marks a notification as read */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationView"];
                };
            };
            400: components["responses"]["bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["notification_not_found_or_not_found"];
            409: components["responses"]["idempotency_key_in_use"];
            422: components["responses"]["idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listInboundWebhooks: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists inbound webhooks, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["InboundWebhookView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["invalid_cursor"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    createInboundWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateInboundWebhookDto"];
            };
        };
        responses: {
            /** @description Creates an inbound webhook, with the URL to post to */
            201: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboundWebhookView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["webhook_limit_reached_or_forbidden"];
            409: components["responses"]["idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    getInboundWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Reads an inbound webhook */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboundWebhookView"];
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["inbound_webhook_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    deleteInboundWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deletes an inbound webhook: its URL is no longer there */
            204: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["inbound_webhook_not_found_or_not_found"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    updateInboundWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateInboundWebhookDto"];
            };
        };
        responses: {
            /** @description Changes an inbound webhook; its URL stays */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboundWebhookView"];
                };
            };
            400: components["responses"]["invalid_json"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["inbound_webhook_not_found_or_not_found"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listIpAddresses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists the addresses that deliveries come from, for allow-lists */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: string[];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listAuditEntries: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists who changed what, newest first */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditEntryView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            400: components["responses"]["invalid_cursor"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    listEventTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lists the event types that may be published and subscribed to */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EventTypeView"][];
                        /** @description `cursor` of the next page; null on the last one. */
                        next_cursor: string | null;
                    };
                };
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    createEventType: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes this request happen once: the same again within 24 hours is answered as it was the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateEventTypeDto"];
            };
        };
        responses: {
            /** @description Creates an event type of your own */
            201: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventTypeView"];
                };
            };
            400: components["responses"]["invalid_json_or_bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            409: components["responses"]["event_type_exists_or_conflict_or_idempotency_key_in_use"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed_or_idempotency_key_reused"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    deleteEventType: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deletes an event type of your own */
            204: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["event_type_not_found_or_not_found"];
            409: components["responses"]["conflict"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    updateEventType: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateEventTypeDto"];
            };
        };
        responses: {
            /** @description Changes an event type of your own */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventTypeView"];
                };
            };
            400: components["responses"]["invalid_json"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            404: components["responses"]["event_type_not_found_or_not_found"];
            409: components["responses"]["conflict"];
            413: components["responses"]["body_too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
    followDeliveries: {
        parameters: {
            query?: {
                /** @description Of one webhook only. */
                webhook_id?: string;
                /** @description Where to go on: the `id` of the last event that came, for clients that cannot send `Last-Event-ID`. */
                last_event_id?: string;
            };
            header?: {
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Follows deliveries as they happen; Last-Event-ID goes on where it stopped */
            200: {
                headers: {
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["bad_request"];
            401: components["responses"]["unauthorized"];
            403: components["responses"]["forbidden"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["rate_limited"];
            503: components["responses"]["unavailable"];
        };
    };
}
