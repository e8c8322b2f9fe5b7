# Reads requests as JSON from standard input, and prints a verdict for each. The argument is the library's folder, if any.
require "json"
require_relative "../../docs/guide/verify/verify"

if ARGV[0]
  $LOAD_PATH.unshift(*Dir[File.join(ARGV[0], "gems/*/lib")])
  require "standardwebhooks"
end

def library_verdict(request)
  StandardWebhooks::Webhook.new(request["secret"]).verify(request["body"], request["headers"])
  true
rescue StandardError
  false
end

verdicts = JSON.parse($stdin.read).map do |request|
  headers, body, secret = request.values_at("headers", "body", "secret")
  {
    standard: verify_standard(headers, body, secret),
    profile: verify_profile(headers[request["profileHeader"]], body, secret),
    library: ARGV[0] ? library_verdict(request) : nil,
  }
end
puts JSON.generate(verdicts)
