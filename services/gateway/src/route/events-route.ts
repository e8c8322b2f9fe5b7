/** Where events are published: with a limit of requests and a size of bodies of its own. */
export const EVENTS_ROUTE = '/api/v1/events';
