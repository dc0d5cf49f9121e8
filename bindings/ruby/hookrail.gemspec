# frozen_string_literal: true

require_relative "lib/hookrail/version"

Gem::Specification.new do |spec|
  spec.name = "hookrail"
  spec.version = Hookrail::VERSION
  spec.summary = "Sends events to a Hookrail service and verifies the webhooks it delivers"
  spec.description = "Producer and receiver for the Hookrail webhook delivery service: sends that end in time and " \
                     "never duplicate an event, the same verification of signatures as in all other languages, and " \
                     "a Rack middleware. It uses libhookrail, which the platform gem contains."
  spec.authors = ["The Hookrail authors"]
  spec.license = "Apache-2.0"
  spec.homepage = "https://github.com/hookrail/libhookrail"
  spec.metadata = {
    "source_code_uri" => "https://github.com/hookrail/libhookrail",
    "documentation_uri" => "https://github.com/hookrail/libhookrail/blob/main/docs/ruby.md",
    "rubygems_mfa_required" => "true"
  }
  spec.required_ruby_version = ">= 3.1"
  # `rake build` adds the native library, or its source, and the licences of the crates in it.
  spec.files = Dir.glob(%w[lib/**/*.{rb,rake} sig/**/*.{rbs,yaml} examples/* LICENSE README.md .yardopts],
                        base: __dir__)
  spec.add_dependency "ffi", "~> 1.15"
end
