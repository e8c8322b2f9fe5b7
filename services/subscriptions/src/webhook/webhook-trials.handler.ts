import type { PreviewedWebhook, PreviewWebhookDto } from '#libs/api/src/webhook-preview.dto';
import type { TestResultsView, TestUnsavedWebhookDto, TestWebhookDto } from '#libs/api/src/webhook-test.dto';
import type { OfAccount } from '#libs/contracts/src/calls/call';
import { previewWebhook, testUnsavedWebhook, testWebhook } from '#libs/contracts/src/calls/webhooks';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { WebhookPreviews } from './webhook-previews.js';
import { WebhookTests } from './webhook-tests.js';

/** Tries a webhook without an event of the CRM. */
@Controller()
export class WebhookTrialsHandler {
  constructor(
    private readonly tests: WebhookTests,
    private readonly previews: WebhookPreviews,
  ) {}

  @Answers(testWebhook)
  testSaved({ accountId, webhookId, body }: OfAccount<{ webhookId: string; body: TestWebhookDto }>): Promise<TestResultsView> {
    return this.tests.saved(accountId, webhookId, body);
  }

  @Answers(testUnsavedWebhook)
  testUnsaved({ accountId, body }: OfAccount<{ body: TestUnsavedWebhookDto }>): Promise<TestResultsView> {
    return this.tests.unsaved(accountId, body);
  }

  @Answers(previewWebhook)
  preview({ accountId, body }: OfAccount<{ body: PreviewWebhookDto }>): Promise<PreviewedWebhook> {
    return this.previews.complete(accountId, body);
  }
}
