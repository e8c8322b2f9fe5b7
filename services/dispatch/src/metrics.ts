import { Counter, Gauge, Histogram } from 'prom-client';

/** The metrics of dispatch, registered by the module. Labels are bounded: never an account, a webhook or a URL. */
export const dispatchMetrics = {
  attempts: new Counter({
    name: 'tidings_attempts_total',
    help: 'Attempts by their result',
    labelNames: ['result'],
    registers: [],
  }),
  deliveries: new Counter({
    name: 'tidings_deliveries_total',
    help: 'Deliveries by decision',
    labelNames: ['decision'],
    registers: [],
  }),
  held: new Counter({
    name: 'tidings_deliveries_held_total',
    help: "Deliveries held in their webhook's lane, by reason",
    labelNames: ['reason'],
    registers: [],
  }),
  parked: new Counter({
    name: 'tidings_messages_parked_total',
    help: 'Unreadable messages by stream; look at each one',
    labelNames: ['stream'],
    registers: [],
  }),
  setAside: new Counter({
    name: 'tidings_webhooks_set_aside_total',
    help: 'Webhooks whose secrets cannot be opened; their deliveries wait, look at each one',
    registers: [],
  }),
  inFlight: new Gauge({ name: 'tidings_requests_in_flight', help: 'Requests on the wire', registers: [] }),
  firstAttemptSeconds: new Histogram({
    name: 'tidings_event_to_request_seconds',
    help: 'From an event being stored to its first request',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [],
  }),
  partitions: new Gauge({ name: 'tidings_partitions_owned', help: 'Partitions this process owns', registers: [] }),
};
