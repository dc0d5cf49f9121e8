# frozen_string_literal: true

# Receives webhooks. Start it with
#
#   WEBHOOK_SECRET=whsec_dev puma -C examples/puma.rb examples/config.ru

require "hookrail"
require "logger"

$stdout.sync = true

# A delivery may come more than once, so this remembers the ids of earlier ones. Several processes need a
# shared database for that.
class Seen
  def initialize
    @ids = {}
    @lock = Mutex.new
  end

  # @return [Boolean] whether the id is new
  def add?(id)
    @lock.synchronize { @ids.key?(id) ? false : @ids[id] = true }
  end
end

seen = Seen.new

map "/webhooks" do
  # While WEBHOOK_SECRET is about to change, set WEBHOOK_MISMATCH_STATUS=503: then the service tries again.
  use Hookrail::Rack::VerifySignature, secrets: ENV.fetch("WEBHOOK_SECRET").split(","), logger: Logger.new($stderr),
                                       mismatch_status: Integer(ENV.fetch("WEBHOOK_MISMATCH_STATUS", "401"))

  run lambda { |env|
    delivery = env["hookrail.delivery"]
    puts "received #{delivery.topic} #{delivery.payload}" if seen.add?(delivery.delivery_id)
    [204, {}, []]
  }
end
