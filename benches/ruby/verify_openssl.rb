# frozen_string_literal: true

# Verifies a delivery with OpenSSL::HMAC: header, time, MAC, comparison.

require_relative "bench"

# The reference verifier in Ruby.
class Verifier
  TOLERANCE = 300

  def initialize(secret)
    @secret = secret
  end

  def verify(body, signature, delivery_id)
    timestamp, claimed = parse(signature)
    raise "timestamp outside the tolerance" if (Time.now.to_i - timestamp.to_i).abs > TOLERANCE

    expected = OpenSSL::HMAC.hexdigest("SHA256", @secret, "#{timestamp}.#{delivery_id}.".b << body)
    raise "no signature matches" unless OpenSSL.fixed_length_secure_compare(expected, claimed.downcase)
  end

  private

  def parse(signature)
    timestamp = claimed = nil
    signature.split(",") do |part|
      name, value = part.strip.split("=", 2)
      case name
      when "t" then timestamp = value
      when "v1" then claimed = value
      end
    end
    raise "malformed signature" unless /\A\d+\z/.match?(timestamp) && /\A\h{64}\z/.match?(claimed)

    [timestamp, claimed]
  end
end

options = Bench.parse_options
body = options.payload
signature = Bench.signature(body)
verifier = Verifier.new(Bench::SECRET)
Bench.run(options) { verifier.verify(body, signature, Bench::DELIVERY_ID) }
