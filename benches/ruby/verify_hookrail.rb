# frozen_string_literal: true

# Verifies a delivery with the gem.

require "hookrail"
require_relative "bench"

options = Bench.parse_options
body = options.payload
signature = Bench.signature(body)
verifier = Hookrail::Verifier.new(Bench::SECRET)
Bench.run(options) { verifier.verify(body, signature:, delivery_id: Bench::DELIVERY_ID) }
