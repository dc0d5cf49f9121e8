# frozen_string_literal: true

require_relative "helper"
require_relative "support/vectors"

class TestTesting < HookrailTest
  SECRET = "whsec_test"

  Vectors.each("sign") do |vector|
    define_method("test_vector_#{vector.name}") do
      if vector.status == "ok"
        assert_equal vector.expected("header"), [vector.sign]
      else
        error = assert_raises(Hookrail::Error) { vector.sign }
        assert_equal vector.status, error.status.to_s
      end
    end
  end

  def test_headers_are_those_of_a_delivery_and_verify
    headers = Hookrail::Testing.headers("{}", secret: SECRET, topic: "order.paid")
    assert_equal "order.paid", headers["hookrail-topic"]
    verified = Hookrail::Verifier.new(SECRET).verify_request(headers, "{}")
    assert_equal headers["hookrail-delivery-id"], verified.delivery_id
  end

  def test_every_delivery_has_its_own_id
    assert_equal 100, Array.new(100) { Hookrail::Testing.delivery_id }.uniq.size
  end

  def test_a_secret_that_cannot_sign_is_refused_without_being_shown
    error = assert_raises(Hookrail::InvalidArgumentError) do
      Hookrail::Testing.sign("{}", secret: SECRET, delivery_id: "a.b")
    end
    assert_match(/delivery id/, error.message)
    refute_includes error.message, SECRET
    assert_raises(Hookrail::InvalidArgumentError) { Hookrail::Testing.sign("{}", secret: "", delivery_id: "a") }
    assert_raises(Hookrail::InvalidArgumentError) do
      Hookrail::Testing.sign("{}", secret: SECRET, delivery_id: "a", timestamp: "today")
    end
  end
end
