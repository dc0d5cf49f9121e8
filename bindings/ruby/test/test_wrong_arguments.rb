# frozen_string_literal: true

require_relative "helper"

# Arguments of the wrong type are an error of this library, in every public method.
class TestWrongArguments < HookrailTest
  SECRET = "whsec_a"
  SIGNED = { signature: "t=1,v1=#{"0" * 64}", delivery_id: "d" }.freeze
  FIELDS = { "hookrail-signature" => SIGNED[:signature], "hookrail-delivery-id" => "d" }.freeze
  VALUES = [nil, 1, -1.5, Float::NAN, :sym, "", "x", "\xff", "a\0b", [], [nil], ["x", 1], {}, { nil => nil },
            { "hookrail-signature" => nil }, { hookrail_signature: [nil, 5] }, Object.new, Time.now, true, false,
            Object, 1..2, -> {}, 1r].freeze

  # Runs a method with each value. Success is allowed: some of the values are of the right type.
  def try_each(name, values = VALUES)
    values.each do |value|
      yield value
    rescue Hookrail::Error
      next
    rescue StandardError => e
      flunk "#{name} with #{value.inspect} raised #{e.class}: #{e.message}"
    end
  end

  def verifier
    @verifier ||= Hookrail::Verifier.new(SECRET)
  end

  def test_a_request_without_headers_has_no_signature
    error = assert_raises(Hookrail::SignatureMissingError) { verifier.verify_request(nil, "") }
    assert_match(/no headers/, error.message)
  end

  def test_swapped_arguments_are_named
    error = assert_raises(Hookrail::InvalidArgumentError) { verifier.verify_request("{\"secret\":1}", FIELDS) }
    assert_equal "headers must be a Hash of header fields or a Rack environment, not a String; verify_request takes " \
                 "the headers first, then the body", error.message
    assert_raises(Hookrail::InvalidArgumentError) { verifier.verify(FIELDS, **SIGNED) }
    assert_raises(Hookrail::InvalidArgumentError) { client.send_event({ a: 1 }, "topic") }
  end

  def test_headers_may_convert_to_a_hash_or_yield_pairs
    fields = Hookrail::Testing.headers("b", secret: SECRET)
    convertible = Class.new { define_method(:to_hash) { fields } }.new
    # The headers of a Rails request are like this.
    pairs = Class.new { include Enumerable }.new
    pairs.define_singleton_method(:each) { |&block| fields.each(&block) }
    [convertible, pairs, fields.to_a].each { |headers| assert verifier.verify_request(headers, "b") }
  end

  def test_the_middleware_refuses_what_it_could_not_call
    app = ->(_env) { [204, {}, []] }
    make = ->(application, **more) { Hookrail::Rack::VerifySignature.new(application, secrets: SECRET, **more) }
    { app: -> { make.call(nil) }, logger: -> { make.call(app, logger: "stderr") },
      now: -> { make.call(app, now: Time.now) } }.each do |name, making|
      assert_match(/\A#{name} must have the method/, assert_raises(Hookrail::InvalidArgumentError, &making).message)
    end
    assert make.call(app, logger: nil, now: nil)
  end

  def test_verifying
    { secrets: ->(value) { Hookrail::Verifier.new(value) },
      tolerance: ->(value) { Hookrail::Verifier.new(SECRET, tolerance: value) },
      body: ->(value) { verifier.verify(value, **SIGNED) },
      signature: ->(value) { verifier.verify("b", **SIGNED, signature: value) },
      delivery_id: ->(value) { verifier.verify("b", **SIGNED, delivery_id: value) },
      now: ->(value) { verifier.verify("b", **SIGNED, now: value) },
      valid: ->(value) { verifier.valid?(value, **SIGNED) },
      headers: ->(value) { verifier.verify_request(value, "b") },
      request_body: ->(value) { verifier.verify_request(FIELDS, value) },
      limit: ->(value) { verifier.start(**SIGNED, now: 1, limit: value) },
      content_length: ->(value) { verifier.start(**SIGNED, now: 1, content_length: value) },
      update: ->(value) { verifier.start(**SIGNED, now: 1) << value },
      announce: ->(value) { verifier.start(**SIGNED, now: 1).announce(value) },
      explain: ->(value) { verifier.explain(value, **SIGNED) },
      explain_signature: ->(value) { verifier.explain("b", **SIGNED, signature: value) },
      explain_event: ->(value) { verifier.explain("b", **SIGNED, event_id: value) } }.each do |name, call|
      try_each(name, &call)
    end
  end

  def test_signing_and_the_middleware
    { sign: ->(value) { Hookrail::Testing.sign(value, secret: SECRET, delivery_id: "d") },
      secret: ->(value) { Hookrail::Testing.sign("b", secret: value, delivery_id: "d") },
      delivery_id: ->(value) { Hookrail::Testing.sign("b", secret: SECRET, delivery_id: value) },
      timestamp: ->(value) { Hookrail::Testing.sign("b", secret: SECRET, delivery_id: "d", timestamp: value) },
      rack_env: ->(value) { Hookrail::Testing.rack_env(value, secret: SECRET) },
      secrets: ->(value) { Hookrail::Rack::VerifySignature.new(-> {}, secrets: value) } }.each do |name, call|
      try_each(name, &call)
    end
    %i[tolerance body_limit mismatch_status methods logger now].each do |name|
      try_each(name) { |value| Hookrail::Rack::VerifySignature.new(-> {}, secrets: SECRET, name => value) }
    end
  end

  def test_sending
    used = Hookrail::Client.new(api_key: API_KEY, base_url: refusing_url, max_retries: 0, timeout: 0.5)
    { topic: ->(value) { used.prepare_event(value, {}) }, payload: ->(value) { used.prepare_event("a", value) },
      member: ->(value) { used.prepare_event("a", { a: value }) },
      key: ->(value) { used.prepare_event("a", {}, idempotency_key: value) },
      ordering_key: ->(value) { used.prepare_event("a", {}, ordering_key: value) },
      timeout: ->(value) { used.send_event("a", {}, timeout: value) }, id: ->(value) { used.get_event(value) },
      prepared: ->(value) { used.send_prepared(value) }, submit_topic: ->(value) { used.submit(value, {}) },
      wait: ->(value) { used.submit("", {}, wait: value) }, submitted: ->(value) { used.submit_prepared(value) },
      take: ->(value) { used.completions.take(value) } }.each do |name, call|
      try_each(name, &call)
    end
    %i[api_key base_url].each do |name|
      try_each(name) { |value| Hookrail::Client.new(**{ api_key: API_KEY, name => value }) }
    end
    Hookrail::Native::Options::KNOWN.each do |name|
      try_each(name) { |value| Hookrail::Client.new(api_key: API_KEY, name => value) }
    end
  end
end
