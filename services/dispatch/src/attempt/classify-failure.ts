import type { NetworkReason } from '#libs/contracts/src/fact';
import { Uncallable } from './guarded-agent.js';

/** A failure in the log's words. `detail` never contains an address. */
export interface Failure {
  reason: NetworkReason;
  detail: string;
}

const ONLY_HTTP_2 = 'the receiver speaks only HTTP/2';
/** The first frame of HTTP/2 (RFC 9113, 6.5): a length, type 4, no flags, stream 0. */
// eslint-disable-next-line no-control-regex
const HTTP_2_SETTINGS = /^\0\0[^]\x04\0{5}/;

const BY_CODE: Record<string, Failure> = {
  TIDINGS_TIMEOUT: { reason: 'timeout', detail: 'no complete answer in time' },
  ETIMEDOUT: { reason: 'connection_failed', detail: 'the connection could not be made in time' },
  ECONNREFUSED: { reason: 'connection_refused', detail: 'connection refused' },
  ECONNRESET: { reason: 'connection_reset', detail: 'the connection was closed before an answer came' },
  EPIPE: { reason: 'connection_reset', detail: 'the connection was closed before an answer came' },
  UND_ERR_SOCKET: { reason: 'connection_reset', detail: 'the connection was closed before an answer came' },
  EHOSTUNREACH: { reason: 'connection_failed', detail: 'the host cannot be reached' },
  ENETUNREACH: { reason: 'connection_failed', detail: 'the network cannot be reached' },
  UND_ERR_HEADERS_OVERFLOW: { reason: 'invalid_response', detail: 'the headers of the answer are too large' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { reason: 'invalid_response', detail: 'the answer is not as long as it says' },
  // A status of 000 makes undici fail an assertion of its own.
  ERR_ASSERTION: { reason: 'invalid_response', detail: 'the answer is not HTTP' },
};

/** Classifies every error that an attempt can end with. An unknown error is a failed attempt like any other. */
export function classifyFailure(error: unknown): Failure {
  if (error instanceof Uncallable) return { reason: error.reason, detail: error.message };
  const { code = '', cause, name, message, data } = error as NodeJS.ErrnoException & { cause?: unknown; data?: unknown };
  // undici says this for an unexpected 100 or 101, and for an answer that it could not parse.
  if (name === 'HTTPParserError' && HTTP_2_SETTINGS.test(String(data)))
    return { reason: 'invalid_response', detail: ONLY_HTTP_2 };
  if (message === 'bad response' || message === 'bad upgrade' || name === 'HTTPParserError')
    return { reason: 'invalid_response', detail: 'the answer is not HTTP' };
  const known = BY_CODE[code];
  if (known) return known;
  if (/^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_OSSL|EPROTO|CRL_|HOSTNAME_MISMATCH|INVALID_CA)/.test(code)) {
    return { reason: 'tls_error', detail: tlsDetail(code) };
  }
  if (cause !== undefined && cause !== error) return classifyFailure(cause);
  return { reason: 'connection_failed', detail: 'the connection failed' };
}

function tlsDetail(code: string): string {
  if (/ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE)$/.test(code)) return 'the receiver demands a client certificate';
  switch (code) {
    case 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE':
      return 'TLS could not be agreed on; the receiver may demand a client certificate';
    case 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL':
      return ONLY_HTTP_2;
    case 'CERT_HAS_EXPIRED':
      return 'the certificate has expired';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'the certificate is for another name';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'the certificate is self-signed';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'the certificate chain is incomplete';
    default:
      return 'TLS could not be agreed on';
  }
}
