/** A certificate for 127.0.0.1 that nobody has signed but itself, and its key. It opens nothing: it is for a receiver in tests. */
export const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeiE0IhWwvbAaehYt
QB33eKoisaxw+V1fkw5tLtFdjjmhRANCAARhRukSz68WkeD7oprXUz/3qMZFyYDz
9My1L+ri8izXUHZqdHPmc0ps+pmZETi9qsiwUFk5009GUEx29CRgyg/G
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUcs7oJkN6XEPPyhXsc1XPDv5KSXkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMTA2NTc0NFoYDzIxMjYxMDI4
MDY1NzQ0WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARhRukSz68WkeD7oprXUz/3qMZFyYDz9My1L+ri8izXUHZqdHPmc0ps
+pmZETi9qsiwUFk5009GUEx29CRgyg/Go2QwYjAdBgNVHQ4EFgQUgbGfulqosifr
2mENHcbFQ/rMTbwwHwYDVR0jBBgwFoAUgbGfulqosifr2mENHcbFQ/rMTbwwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQCKVE6sgSBYrwcQkqN76nmp9KwNkv6zeXKkOYN/e7hygwIhAMqCI6FdJrQIrF0q
YJoK6LpDvcSvOh5WfntW4XYFcmRm
-----END CERTIFICATE-----
`,
};
