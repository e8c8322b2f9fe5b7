"""Verifies a delivery of Tidings with Python's standard library. `body` must be the raw bytes, before any JSON parser."""

import base64
import hashlib
import hmac
import time

TOLERANCE_SECONDS = 300


def verify_standard(headers, body, secret):
    """Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature. Header names are lower case."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # Two signatures during a rotation: one match is enough.
    signatures = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), expected) for one in signatures)


def verify_profile(signature, body, secret):
    """A profile's own header. It carries no time: use it only where Standard Webhooks is no choice."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest((signature or "").encode(), expected.encode())
