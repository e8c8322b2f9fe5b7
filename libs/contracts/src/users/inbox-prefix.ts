/**
 * Where a user hears answers. Nobody else may subscribe there, so no service reads another's answers. `_INBOX`, the default
 * of every client, is left to the users that are not our services.
 */
export const inboxPrefixOf = (user: string): string => `_INBOX_${user}`;
