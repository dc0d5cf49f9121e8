# frozen_string_literal: true

require_relative "helper"

# Headers of one's own, for each client and for each send.
class TestExtraHeaders < HookrailTest
  def received(*names)
    server.requests.map { |request| request["headers"].to_h.transform_keys(&:downcase).values_at(*names) }
  end

  def test_those_of_the_client_and_over_them_those_of_the_send
    used = client(headers: { "X-Gateway" => "open it", traceparent: "of the client", "x-none" => nil })
    accepted = used.send_event("a", {}, headers: { "Traceparent" => "00-ab", "x-tenant" => "acme inc", "x-not" => nil })
    used.submit("a", {}, headers: { "x-tenant" => "two" }).value
    used.get_event(accepted.event_id)
    assert_equal [["open it", "00-ab", "acme inc"], ["open it", "of the client", "two"],
                  ["open it", "of the client", nil]], received("x-gateway", "traceparent", "x-tenant")
    assert_equal [[nil, nil]] * 3, received("x-none", "x-not")
  end

  def test_a_prepared_event_keeps_those_of_the_send
    maker = client(headers: { "x-gateway" => "of the maker" })
    prepared = maker.prepare_event("order.paid", { n: 1 }, ordering_key: "o", headers: { "traceparent" => "00-ab" })
    used = client(headers: { "x-gateway" => "of the sender" })
    used.send_prepared(prepared.blob)
    submission = used.submit_prepared(prepared.blob)
    assert submission.value.replayed?
    assert_equal [["of the sender", "00-ab"]] * 2, received("x-gateway", "traceparent")
    assert_equal ["order.paid", prepared.idempotency_key, "o"],
                 [submission.topic, submission.idempotency_key, submission.ordering_key]
  end

  def test_what_cannot_be_a_header_is_refused_and_never_shown
    secret = "s3cret"
    { { "Authorization" => secret } => /authorization/, { "x" => "#{secret}\r\nb: 2" } => /`x`/,
      { "x y" => secret } => /name/, { "x" => 5 } => /the header x must be a String/,
      { 5 => secret } => /the name of a header must be a String/, "x: #{secret}" => /headers must be a Hash/,
      [["x", secret]] => /headers must be a Hash/, { "" => secret } => /name/ }.each do |headers, message|
      calls = [-> { client(headers:) }, -> { client.send_event("a", {}, headers:) },
               -> { client.submit("a", {}, headers:) }, -> { client.prepare_event("a", {}, headers:) }]
      errors = calls.map { |call| assert_raises(Hookrail::InvalidArgumentError, headers.inspect, &call) }
      errors.each do |error|
        assert_match message, error.message
        refute_includes error.full_message, secret
      end
      assert_equal [nil, :not_sent, :not_sent, :not_sent], errors.map(&:outcome)
    end
    assert_equal 0, server.summary["requests"]
  end

  def test_a_fake_client_records_them
    used = Hookrail::Testing.fake_client(headers: { "X-Gateway" => "g", tenant: "of the client" })
    used.send_event("a", { n: 1 }, ordering_key: "o", headers: { "Tenant" => "acme: inc", traceparent: "00" })
    used.submit("a", {})
    event, other = used.events
    assert_equal({ "x-gateway" => "g", "tenant" => "acme: inc", "traceparent" => "00" }, event.headers)
    assert_equal({ "x-gateway" => "g", "tenant" => "of the client" }, other.headers)
    assert_equal ["a", "{\"n\":1}", "o"], [event.topic, event.json, event.ordering_key]
    assert_raises(Hookrail::InvalidArgumentError) { used.send_event("a", {}, headers: { "host" => "x" }) }
  end
end
