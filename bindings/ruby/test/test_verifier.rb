# frozen_string_literal: true

require_relative "helper"
require_relative "support/vectors"

class TestVerifier < HookrailTest
  SECRET = "whsec_test"
  ID = "01JXAMPLEDELIVERYID0000000"
  NOW = 1_781_092_800
  BODY = '{"amount":42}'

  Vectors.each("verify") do |vector|
    define_method("test_vector_#{vector.name}") do
      case vector.status
      when "ok"
        verified = vector.verify
        assert_equal vector.expected("secret_index", "signed_at", "skew_seconds"),
                     [verified.secret_index, verified.signed_at.to_i, verified.skew]
      else
        error = assert_raises(Hookrail::Error) { vector.verify }
        assert_equal vector.status, error.status.to_s
      end
    end

    define_method("test_vector_in_pieces_#{vector.name}") do
      assert_equal(vector.status, status_of { vector.verify_in_pieces })
    end
  end

  Vectors.each("headers") do |vector|
    define_method("test_headers_#{vector.name}") do
      assert_equal(vector.status, status_of { vector.verify_request })
    end
  end

  def status_of
    yield
    "ok"
  rescue Hookrail::Error => e
    e.status.to_s
  end

  def signature(body = BODY, secret: SECRET, at: NOW)
    Hookrail::Testing.sign(body, secret:, delivery_id: ID, timestamp: at)
  end

  def verify(verifier, body = BODY, header = signature, now: NOW)
    verifier.verify(body, signature: header, delivery_id: ID, now:)
  end

  def test_a_verified_delivery_has_the_secrets_index_the_time_and_the_skew
    verified = verify(Hookrail::Verifier.new("whsec_new", SECRET), now: NOW + 12)
    assert_equal [ID, 1, Time.at(NOW), 12],
                 [verified.delivery_id, verified.secret_index, verified.signed_at, verified.skew]
    assert_predicate verified, :frozen?
  end

  def test_secrets_may_come_as_a_list
    assert_equal 1, verify(Hookrail::Verifier.new(["whsec_new", SECRET])).secret_index
  end

  def test_valid_returns_a_boolean_for_signatures_only
    verifier = Hookrail::Verifier.new(SECRET)
    assert verifier.valid?(BODY, signature:, delivery_id: ID, now: NOW)
    refute verifier.valid?("#{BODY} ", signature:, delivery_id: ID, now: NOW)
    refute verifier.valid?(BODY, signature: nil, delivery_id: ID, now: NOW)
    assert_raises(Hookrail::InvalidArgumentError) { verifier.valid?(nil, signature:, delivery_id: ID, now: NOW) }
  end

  def test_the_systems_clock_is_the_default
    verifier = Hookrail::Verifier.new(SECRET)
    assert verifier.valid?(BODY, signature: signature(at: Time.now), delivery_id: ID)
    refute verifier.valid?(BODY, signature: signature(at: NOW - 1_000_000_000), delivery_id: ID)
  end

  def test_a_body_of_any_encoding_is_taken_as_bytes
    ["é".encode("ISO-8859-1"), "é".encode("UTF-16LE"), "\xff\x00".b, "\xff".dup.force_encoding("UTF-8")].each do |body|
      assert verify(Hookrail::Verifier.new(SECRET), body, signature(body.b))
    end
  end

  def test_a_tolerance_is_a_number_of_seconds_that_may_be_zero
    verifier = Hookrail::Verifier.new(SECRET, tolerance: 2.9)
    assert verify(verifier, now: NOW + 2)
    assert_raises(Hookrail::TimestampTooOldError) { verify(verifier, now: NOW + 3) }
    assert_raises(Hookrail::TimestampTooNewError) { verify(Hookrail::Verifier.new(SECRET, tolerance: 0), now: NOW - 1) }
    [-1, -0.5, Float::NAN, Float::INFINITY, nil, "300", 2**63, Complex(1, 1)].each do |tolerance|
      error = assert_raises(Hookrail::InvalidArgumentError) { Hookrail::Verifier.new(SECRET, tolerance:) }
      assert_match(/tolerance must be a number of seconds/, error.message)
    end
  end

  def test_now_is_a_time_or_a_number
    verifier = Hookrail::Verifier.new(SECRET)
    [NOW, NOW.to_f + 0.5, Rational(NOW), Time.at(NOW)].each { |now| assert verify(verifier, now:) }
    [-1, -0.5, Float::NAN, "now", 2**64].each do |now|
      assert_raises(Hookrail::InvalidArgumentError, now.inspect) { verify(verifier, now:) }
    end
  end

  def test_secrets_are_checked_and_never_shown
    [[], [""], [nil], [:whsec_secret], ["s"] * 17].each do |secrets|
      error = assert_raises(Hookrail::InvalidArgumentError) { Hookrail::Verifier.new(*secrets) }
      refute_includes error.message, "whsec_secret"
    end
    verifier = Hookrail::Verifier.new(SECRET)
    refute_includes verifier.inspect, SECRET
    assert_raises(TypeError) { Marshal.dump(verifier) }
  end

  def test_headers_are_found_in_every_form
    [
      %w[hookrail-signature hookrail-delivery-id], %w[Hookrail-Signature Hookrail-Delivery-Id],
      %w[HTTP_HOOKRAIL_SIGNATURE HTTP_HOOKRAIL_DELIVERY_ID]
    ].each do |signature_name, id_name|
      headers = { "Host" => "x", "caf\xE9" => "x", "x".encode(Encoding::UTF_16LE) => "x",
                  signature_name => signature, id_name => [ID] }
      assert_equal ID, Hookrail::Verifier.new(SECRET).verify_request(headers, BODY, now: NOW).delivery_id
    end
  end

  def test_a_signature_may_come_as_a_list
    verifier = Hookrail::Verifier.new(SECRET)
    parts = signature.split(",")
    assert_equal 0, verifier.verify(BODY, signature: parts, delivery_id: ID, now: NOW).secret_index
    assert_equal 0, verifier.start(signature: parts, delivery_id: ID, now: NOW).update(BODY).finish.secret_index
    [parts, [parts[0], " #{parts[1]}"], parts.join(", ")].each do |value|
      %i[hookrail_signature HTTP_HOOKRAIL_SIGNATURE Hookrail-Signature].each do |name|
        headers = { name => value, hookrail_delivery_id: ID }
        assert_equal ID, verifier.verify_request(headers, BODY, now: NOW).delivery_id
      end
    end
    assert_raises(Hookrail::SignatureMalformedError) { verify(verifier, BODY, [signature, signature]) }
    assert_raises(Hookrail::SignatureMissingError) { verify(verifier, BODY, []) }
    with_nul = { "hookrail-signature" => "#{signature}\0", "hookrail-delivery-id" => ID }
    assert_raises(Hookrail::SignatureMalformedError) { verifier.verify_request(with_nul, BODY, now: NOW) }
    assert_raises(Hookrail::InvalidArgumentError) { verify(verifier, BODY, [signature, nil]) }
  end

  def test_a_body_with_a_missing_part_is_incomplete
    verifier = Hookrail::Verifier.new(SECRET)
    begin_with = lambda do |length, **more|
      verifier.start(signature:, delivery_id: ID, now: NOW, content_length: length, **more)
    end
    error = assert_raises(Hookrail::BodyIncompleteError) { begin_with.call(BODY.bytesize).update(BODY[0..-2]).finish }
    assert_match(/#{BODY.bytesize - 1}.*#{BODY.bytesize}/, error.message)
    assert_raises(Hookrail::SignatureMismatchError) { begin_with.call(3).update(BODY[0..-2]).finish }
    assert_equal 0, begin_with.call(BODY.bytesize).update(BODY).finish.secret_index
    assert_raises(Hookrail::BodyTooLargeError) { begin_with.call(BODY.bytesize, limit: 3) }
    [-1, 1.5, "13"].each do |length|
      assert_raises(Hookrail::InvalidArgumentError) { begin_with.call(length) }
    end
  end

  def test_invalid_secrets_are_refused
    { "" => /empty/, "  " => /blank|white space/, "whsec_" => /prefix|whsec_/, " whsec_a" => /begins with white space/,
      "whsec_a\n" => /ends with white space/, "whsec\0a" => /0x00|control/ }.each do |secret, message|
      error = assert_raises(Hookrail::InvalidArgumentError, secret.inspect) do
        Hookrail::Verifier.new("whsec_x", secret)
      end
      assert_match message, error.message
      signing = -> { Hookrail::Testing.sign(BODY, secret:, delivery_id: ID) }
      assert_match message, assert_raises(Hookrail::InvalidArgumentError, &signing).message
    end
    assert Hookrail::Verifier.new("s")
  end

  def test_missing_and_repeated_headers_are_distinguished
    verifier = Hookrail::Verifier.new(SECRET)
    [{}, { "hookrail-signature" => signature }, { "hookrail-delivery-id" => ID }].each do |headers|
      assert_raises(Hookrail::SignatureMissingError) { verifier.verify_request(headers, BODY, now: NOW) }
    end
    twice = { "hookrail-signature" => [signature] * 2, "hookrail-delivery-id" => ID }
    assert_raises(Hookrail::SignatureMalformedError) { verifier.verify_request(twice, BODY, now: NOW) }
  end

  def test_a_body_in_pieces_has_a_limit
    verification = Hookrail::Verifier.new(SECRET).start(signature:, delivery_id: ID, limit: BODY.bytesize - 1, now: NOW)
    verification << BODY[0..-2]
    assert_raises(Hookrail::BodyTooLargeError) { verification << BODY[-1] }
    assert_raises(Hookrail::BodyTooLargeError) { verification.finish }
    assert_raises(Hookrail::InvalidArgumentError) do
      Hookrail::Verifier.new(SECRET).start(signature:, delivery_id: ID, limit: 0, now: NOW)
    end
  end

  def test_a_stale_delivery_is_refused_before_its_body_is_read
    assert_raises(Hookrail::TimestampTooOldError) do
      Hookrail::Verifier.new(SECRET).start(signature:, delivery_id: ID, now: NOW + 301)
    end
  end

  def test_a_verification_finishes_once
    verification = Hookrail::Verifier.new(SECRET).start(signature:, delivery_id: ID, now: NOW)
    verification.update(BODY[0, 3]).update("").update(BODY[3..])
    assert_equal 0, verification.finish.secret_index
    assert_raises(Hookrail::InvalidArgumentError) { verification.finish }
  end

  def test_a_verification_can_be_released_at_any_time
    2.times do |times|
      verification = Hookrail::Verifier.new(SECRET).start(signature:, delivery_id: ID, now: NOW)
      (verification << BODY).finish if times == 1
      Array.new(4) { Thread.new { 3.times { assert_nil verification.release } } }.each(&:join)
      [-> { verification << BODY }, -> { verification.finish }, -> { verification.announce(1) }].each do |use|
        assert_match(/NULL/, assert_raises(Hookrail::InvalidArgumentError, &use).message)
      end
    end
    GC.start
  end

  def test_explain_names_the_probable_mistake
    text = Hookrail::Verifier.new(SECRET).explain("#{BODY}\n", signature:, delivery_id: ID, now: NOW)
    assert_match(/line break/, text)
    refute_includes text, SECRET
    assert_equal Encoding::UTF_8, text.encoding
  end

  def test_threads_share_a_verifier
    verifier = Hookrail::Verifier.new(SECRET)
    header = signature
    results = Array.new(16) { Thread.new { Array.new(200) { verify(verifier, BODY, header).skew } } }.flat_map(&:value)
    assert_equal [0], results.uniq
  end
end
