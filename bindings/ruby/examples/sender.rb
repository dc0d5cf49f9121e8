# frozen_string_literal: true

# Sends events. Start it with
#
#   HOOKRAIL_API_KEY=hk_dev HOOKRAIL_BASE_URL=http://localhost:8080 ruby examples/sender.rb

require "hookrail"

Hookrail::Client.new(timeout: 10) do |client|
  # Sends one event and waits until the service has recorded it.
  accepted = client.send_event("order.paid", { order_id: "o_1", amount: 42 })
  puts "#{accepted.event_id} is recorded, for #{accepted.delivery_ids.size} deliveries"

  # Queues several events, and then waits for all of them.
  submissions = (2..5).map { |n| client.submit("order.paid", { order_id: "o_#{n}", amount: n }, wait: 5) }
  submissions.each { |submission| puts "#{submission.value.event_id} is recorded" }

  # Asks for the status of the first one.
  client.get_event(accepted.event_id).deliveries.each { |delivery| puts "#{delivery.id} is #{delivery.state}" }
rescue Hookrail::Error => e
  case e.outcome
  when :maybe_sent
    # Sending the same event again with the same key cannot duplicate it.
    warn "It is not known whether the event was recorded; its idempotency key is #{e.idempotency_key}: #{e.message}"
  else
    warn "The event was not recorded: #{e.message}"
  end
  exit 1
end
