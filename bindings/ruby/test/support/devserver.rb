# frozen_string_literal: true

require "json"
require "net/http"
require "uri"

# The development server, in a process that ends with this one.
class Devserver
  PROGRAM = ENV.fetch("HOOKRAIL_DEVSERVER") do
    abort "HOOKRAIL_DEVSERVER must be the path of hookrail-devserver (cargo build -p hookrail-devserver)"
  end

  attr_reader :url

  def initialize(*options)
    @io = IO.popen([PROGRAM, "--exit-with-stdin", *options], "r+")
    line = @io.gets or raise "the development server did not start"
    @url = line[/\Alistening on (\S+)/, 1]
  end

  def stop
    @io.close
  end

  def faults(*rules)
    request(Net::HTTP::Put, "faults", rules)
  end

  def requests(since: 0)
    request(Net::HTTP::Get, "requests?since=#{since}").fetch("requests")
  end

  def events
    request(Net::HTTP::Get, "events").fetch("events")
  end

  def summary
    request(Net::HTTP::Get, "summary")
  end

  def reset
    request(Net::HTTP::Delete, "ledger")
  end

  def add_endpoint(url, *secrets, topics: [])
    request(Net::HTTP::Post, "endpoints", { url:, secrets:, topics: })
  end

  # Waits until the counts are reached, for example `events: 3, max_open_connections: 0`.
  def wait(timeout_ms: 50_000, **bounds)
    request(Net::HTTP::Get, "wait?#{URI.encode_www_form(timeout_ms:, **bounds)}")
  end

  def event(id)
    events.find { |event| event["event_id"] == id }
  end

  private

  def request(verb, path, body = nil)
    uri = URI("#{@url}/_control/#{path}")
    request = verb.new(uri)
    request.content_type = "application/json"
    request.body = JSON.generate(body) if body
    response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https",
                                                   verify_mode: OpenSSL::SSL::VERIFY_NONE) { _1.request(request) }
    raise "#{path}: #{response.code} #{response.body}" unless response.is_a?(Net::HTTPSuccess)

    JSON.parse(response.body) unless response.body.to_s.empty?
  end
end
