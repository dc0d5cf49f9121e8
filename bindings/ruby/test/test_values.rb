# frozen_string_literal: true

require_relative "helper"

class TestValues < HookrailTest
  def accepted
    @accepted ||= client.send_event("order.paid", { a: 1 })
  end

  def status
    client.get_event(accepted.event_id)
  end

  def server
    @server ||= start_server.tap { |started| started.add_endpoint("http://127.0.0.1:1/", "whsec_a") }
  end

  def test_values_are_deeply_frozen
    [accepted, accepted.event_id, accepted.delivery_ids, accepted.delivery_ids[0], accepted.json, status,
     status.deliveries, status.deliveries[0], status.deliveries[0].id, status.deliveries[0].attempts].each do |value|
      assert_predicate value, :frozen?
    end
    refute_respond_to accepted, :event_id=
    assert_raises(FrozenError) { accepted.instance_variable_set(:@event_id, "other") }
  end

  def test_values_match_patterns
    matched = case status
              in { topic: "order.paid", deliveries: [{ id: String => id, state: Symbol }] } then id
              end
    assert_equal accepted.delivery_ids, [matched]
  end

  def test_values_are_equal_if_their_members_are
    again = Hookrail::Accepted.new(**accepted.to_h)
    assert_equal accepted, again
    assert_equal 1, { accepted => 1 }[again]
    refute_equal accepted, Hookrail::Accepted.new(**accepted.to_h, attempts: 9)
    refute_equal accepted, accepted.to_h
  end

  def test_inspect_shows_the_members
    assert_match(/\A#<Hookrail::Accepted event_id="#{accepted.event_id}", .*attempts=1, /, accepted.inspect)
  end

  def test_a_prepared_event_shows_neither_its_payload_nor_its_headers
    prepared = client.prepare_event("a", { card: "4111" }, headers: { "x-token" => "topsecret" })
    assert_includes prepared.inspect, "idempotency_key=#{prepared.idempotency_key.inspect}"
    assert_includes prepared.inspect, "#{prepared.blob.bytesize} bytes"
    refute_match(/4111|topsecret/, prepared.inspect)
  end

  def test_a_value_holds_its_members_and_no_others
    [{}, { type: 1 }, { type: 1, title: 2, detail: 3, more: 4 }, { type: 1, title: 2, details: 3 }].each do |members|
      assert_raises(ArgumentError) { Hookrail::Problem.new(**members) }
    end
  end

  def test_text_is_utf8_and_json_is_unchanged
    assert_equal Encoding::UTF_8, accepted.event_id.encoding
    assert_equal accepted.event_id, JSON.parse(accepted.json).fetch("event_id")
    assert_equal "order.paid", JSON.parse(status.json).fetch("topic")
  end

  def test_values_survive_marshal_and_ractors
    assert_equal accepted, Marshal.load(Marshal.dump(accepted))
    assert Ractor.shareable?(accepted)
  end
end
