# Verifies a delivery of Tidings with Ruby's standard library. `body` must be the raw bytes, before any JSON parser.
require "openssl"

TOLERANCE_SECONDS = 300

# Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature. Header names are lower case.
def verify_standard(headers, body, secret)
  id, timestamp = headers.fetch("webhook-id", ""), headers.fetch("webhook-timestamp", "")
  return false unless timestamp.match?(/\A\d+\z/)
  return false if (Time.now.to_i - timestamp.to_i).abs > TOLERANCE_SECONDS

  key = secret.start_with?("whsec_") ? secret.delete_prefix("whsec_").unpack1("m") : secret
  digest = OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.".b + body.b)
  expected = "v1,#{[digest].pack("m0")}"
  # Two signatures during a rotation: one match is enough.
  headers.fetch("webhook-signature", "").split(" ").any? { |one| OpenSSL.secure_compare(one, expected) }
end

# A profile's own header. It carries no time: use it only where Standard Webhooks is no choice.
def verify_profile(signature, body, secret)
  OpenSSL.secure_compare(signature.to_s, OpenSSL::HMAC.hexdigest("SHA256", secret, body))
end
