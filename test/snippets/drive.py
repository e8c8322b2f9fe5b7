"""Reads requests as JSON from standard input, and prints a verdict for each. The argument is the library's folder, if any."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../docs/guide/verify"))
sys.dont_write_bytecode = True
from verify import verify_profile, verify_standard

Webhook = None
if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])
    from standardwebhooks.webhooks import Webhook


def library_verdict(request):
    try:
        Webhook(request["secret"]).verify(request["body"], request["headers"])
        return True
    except Exception:
        return False


verdicts = []
for request in json.load(sys.stdin):
    headers, body, secret = request["headers"], request["body"].encode(), request["secret"]
    verdicts.append(
        {
            "standard": verify_standard(headers, body, secret),
            "profile": verify_profile(headers.get(request["profileHeader"]), body, secret),
            "library": library_verdict(request) if Webhook else None,
        }
    )
print(json.dumps(verdicts))
