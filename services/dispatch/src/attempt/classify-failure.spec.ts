import { classifyFailure } from './classify-failure.js';

it.each([
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'the receiver demands a client certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'the receiver demands a client certificate'],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'the receiver speaks only HTTP/2'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLS could not be agreed on'],
])('says what %s means', (code, detail) => {
  expect(classifyFailure(Object.assign(new Error('no'), { code }))).toEqual({ reason: 'tls_error', detail });
});
