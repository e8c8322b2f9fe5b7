/** The body of a message under `notifications.<account>.<type>`. */
export interface NotificationMessage {
  v: 1;
  id: string;
  accountId: string;
  webhookId: string;
  type: string;
  message: string;
  /** RFC 3339. */
  createdAt: string;
}
