# frozen_string_literal: true

# Sends events with Net::HTTP over one kept connection, as a program without the gem does: envelope, random
# key, timeouts, decoded answer.

require "net/http"
require "securerandom"
require_relative "bench"

# A connection to the service.
class Sender
  def initialize(http)
    @http = http
  end

  def send_event(topic, payload)
    request = Net::HTTP::Post.new("/v1/events",
                                  "Authorization" => "Bearer #{Bench::API_KEY}",
                                  "Content-Type" => "application/json",
                                  "Idempotency-Key" => SecureRandom.uuid,
                                  "User-Agent" => "hookrail-ruby/0.1.0",
                                  "Accept-Encoding" => "identity")
    request.body = JSON.generate({ topic:, payload: })
    response = @http.request(request)
    raise "answered #{response.code}" unless response.is_a?(Net::HTTPAccepted)

    JSON.parse(response.body).fetch("event_id")
  end
end

options = Bench.parse_options
uri = URI(options.url)
http = Net::HTTP.new(uri.host, uri.port, nil)
http.open_timeout = 5
http.read_timeout = 10
http.write_timeout = 10
http.keep_alive_timeout = 60
http.start do
  order = JSON.parse(options.payload)
  sender = Sender.new(http)
  Bench.run(options) { sender.send_event(Bench::TOPIC, order) }
end
