# frozen_string_literal: true

# Sends events with the gem.

require "hookrail"
require_relative "bench"

options = Bench.parse_options
order = JSON.parse(options.payload)
Hookrail::Client.new(api_key: Bench::API_KEY, base_url: options.url) do |client|
  Bench.run(options) { client.send_event(Bench::TOPIC, order) }
end
