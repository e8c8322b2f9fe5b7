// Reads requests as JSON from standard input, and prints a verdict for each.
package main

import (
	"encoding/json"
	"net/http"
	"os"

	"example.com/drive/tidings"
)

type request struct {
	Headers                     map[string]string
	Body, Secret, ProfileHeader string
}

type verdict struct {
	Standard bool  `json:"standard"`
	Profile  bool  `json:"profile"`
	Library  *bool `json:"library"`
}

// Set by library.go where the Standard Webhooks library could be downloaded.
var verifyWithLibrary func(headers http.Header, body []byte, secret string) bool

func main() {
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		panic(err)
	}
	verdicts := []verdict{}
	for _, one := range requests {
		headers := http.Header{}
		for name, value := range one.Headers {
			headers.Set(name, value)
		}
		body := []byte(one.Body)
		found := verdict{
			Standard: tidings.VerifyStandard(headers, body, one.Secret),
			Profile:  tidings.VerifyProfile(headers.Get(one.ProfileHeader), body, one.Secret),
		}
		if verifyWithLibrary != nil {
			answer := verifyWithLibrary(headers, body, one.Secret)
			found.Library = &answer
		}
		verdicts = append(verdicts, found)
	}
	_ = json.NewEncoder(os.Stdout).Encode(verdicts)
}
