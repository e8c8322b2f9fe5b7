<?php
// Verifies a delivery of Tidings with PHP's standard library. $body must be the raw bytes: file_get_contents('php://input').

const TOLERANCE_SECONDS = 300;

/** Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature. Header names are lower case. */
function verify_standard(array $headers, string $body, string $secret): bool
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!preg_match('/^\d+$/D', $timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }
    $key = str_starts_with($secret, 'whsec_') ? base64_decode(substr($secret, 6)) : $secret;
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    // Two signatures during a rotation: one match is enough.
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}

/** A profile's own header. It carries no time: use it only where Standard Webhooks is no choice. */
function verify_profile(?string $signature, string $body, string $secret): bool
{
    return hash_equals(hash_hmac('sha256', $body, $secret), $signature ?? '');
}
