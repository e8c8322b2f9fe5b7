package tidings // verifies a delivery of Tidings with Go's standard library; body must be the raw bytes

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// VerifyStandard checks webhook-id, webhook-timestamp and webhook-signature, as Standard Webhooks defines them.
func VerifyStandard(headers http.Header, body []byte, secret string) bool {
	id, timestamp := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
	if seconds, err := strconv.Atoi(timestamp); err != nil || time.Since(time.Unix(int64(seconds), 0)).Abs() > 5*time.Minute {
		return false
	}
	key := []byte(secret)
	if encoded, found := strings.CutPrefix(secret, "whsec_"); found {
		key, _ = base64.StdEncoding.DecodeString(encoded)
	}
	expected := "v1," + base64.StdEncoding.EncodeToString(sign(key, id+"."+timestamp+".", body))
	return slices.ContainsFunc(strings.Fields(headers.Get("webhook-signature")), func(given string) bool {
		return hmac.Equal([]byte(given), []byte(expected)) // Two signatures during a rotation: one match is enough.
	})
}

// VerifyProfile checks a profile's own header. It carries no time: prefer VerifyStandard.
func VerifyProfile(signature string, body []byte, secret string) bool {
	return hmac.Equal([]byte(signature), []byte(fmt.Sprintf("%x", sign([]byte(secret), "", body))))
}

func sign(key []byte, prefix string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(append([]byte(prefix), body...))
	return mac.Sum(nil)
}
