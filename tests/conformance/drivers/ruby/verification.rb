# frozen_string_literal: true

require_relative "bytes"

# Signing and verifying.
class Verification
  COMMANDS = %i[verify verify_chunks verify_request sign].freeze

  def verify(arguments)
    found verifier(arguments).verify(Bytes.read(arguments[:body]), **headers(arguments), now: arguments[:now])
  end

  def verify_chunks(arguments)
    limit = arguments[:body_limit]
    verification = verifier(arguments).start(**headers(arguments), limit: limit.zero? ? nil : limit,
                                                                   now: arguments[:now])
    arguments[:chunks].each { |chunk| verification << Bytes.read(chunk) }
    found verification.finish
  end

  def verify_request(arguments)
    fields = header_fields(arguments[:headers])
    # A Rack server joins repeated headers.
    fields.transform_values! { |values| values.join(", ") } if arguments[:form] == "cgi"
    found verifier(arguments).verify_request(fields, Bytes.read(arguments[:body]))
  end

  def sign(arguments)
    header = Hookrail::Testing.sign(Bytes.read(arguments[:body]), secret: Bytes.read(arguments[:secret]),
                                                                  delivery_id: Bytes.read(arguments[:delivery_id]),
                                                                  timestamp: arguments[:timestamp])
    { header: }
  end

  private

  def verifier(arguments)
    secrets = arguments[:secrets].map { |secret| Bytes.read(secret) }
    Hookrail::Verifier.new(secrets, **arguments.slice(:tolerance))
  end

  def header_fields(pairs)
    fields = Hash.new { |hash, name| hash[name] = [] }
    pairs.each { |name, value| fields[Bytes.read(name)] << Bytes.read(value) }
    fields
  end

  def headers(arguments)
    { signature: Bytes.read(arguments[:header]), delivery_id: Bytes.read(arguments[:delivery_id]) }
  end

  def found(verified)
    { secret_index: verified.secret_index, signed_at: verified.signed_at.to_i, skew_seconds: verified.skew,
      delivery_id: verified.delivery_id }
  end
end
