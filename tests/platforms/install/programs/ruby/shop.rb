# frozen_string_literal: true

# Without arguments: sends an event and prints its id. With a signature, the id of a delivery and its body: verifies it.
require "hookrail"

if ARGV.empty?
  puts Hookrail::Client.new.send_event("order.paid", { order_id: "o_1" }).event_id
else
  signature, delivery_id, body = ARGV
  Hookrail::Verifier.new("whsec_install").verify(body, signature:, delivery_id:)
  puts "verified"
end
