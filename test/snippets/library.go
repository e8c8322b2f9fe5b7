package main

import (
	"net/http"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func init() {
	verifyWithLibrary = func(headers http.Header, body []byte, secret string) bool {
		webhook, err := standardwebhooks.NewWebhook(secret)
		return err == nil && webhook.Verify(body, headers) == nil
	}
}
