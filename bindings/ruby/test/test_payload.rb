# frozen_string_literal: true

require_relative "helper"
require "bigdecimal"
require "delegate"
require "set"

# A Hash or an Array is sent as JSON, and what is not JSON is refused.
class TestPayload < HookrailTest
  Order = Struct.new(:id, :secret)

  # The class has an as_json as a program without Active Support may write it.
  class Price
    def initialize(value) = @value = value
    def as_json = @value
  end

  # The class follows the library json.
  class Point
    def to_json(*arguments) = { x: 1 }.to_json(*arguments)
  end

  def written(payload)
    Hookrail::Payload.json(payload)
  end

  def refused(payload)
    assert_raises(Hookrail::InvalidArgumentError) { written(payload) }.message
  end

  def test_the_types_of_json_and_symbols_are_written
    payload = { :s => :sym, "a" => [1, 2.5, nil, true, false, "é", 2**70], 7 => { [].class.name => {} } }
    assert_equal '{"s":"sym","a":[1,2.5,null,true,false,"é",1180591620717411303424],"7":{"Array":{}}}', written(payload)
    subclasses = { h: Class.new(Hash)[a: Class.new(Array).new([1])], s: Class.new(String).new("t") }
    assert_equal '{"h":{"a":[1]},"s":"t"}', written(subclasses)
  end

  def test_other_objects_are_refused_with_their_path_and_class
    order = Order.new(5, "sk_secret")
    others = { "a TestPayload::Order" => order, "a Time" => Time.now, "a BigDecimal" => BigDecimal("1.5"),
               "a Set" => Set[1], "a Range" => (1..2), "a Rational" => 1r, "a Class" => Object,
               "a SimpleDelegator" => SimpleDelegator.new(order), "a BasicObject" => BasicObject.new }
    others.each do |name, value|
      message = refused("order" => [1, 2, value])
      assert_equal "payload[\"order\"][2]: #{name} is not JSON; give a Hash, Array, String, Symbol, Integer, finite " \
                   "Float, true, false or nil, or an object with as_json", message
    end
    assert_match(/\Apayload\[0\]\[:a\]: an Object is/, refused([{ a: Object.new }]))
  end

  def test_a_message_shows_no_value
    key = Order.new(5, "sk_secret")
    [{ key => 1 }, { a: { key => 1 } }, [key], { a: [{ b: key }] }, { a: Price.new(key) }].each do |payload|
      refute_includes refused(payload), "sk_secret"
    end
  end

  def test_keys_are_strings_symbols_or_integers
    [nil, 1.5, Time.now, Order.new(1)].each do |key|
      assert_match(/\Apayload\[:a\]\[0\] has an? #{key.class} as a key;/, refused(a: [{ key => 1 }]))
    end
  end

  def test_floats_are_finite
    [Float::NAN, Float::INFINITY, -Float::INFINITY].each do |number|
      assert_match(/\Apayload\[:a\]\[0\] is #{number}, which JSON does not have/, refused(a: [number]))
    end
  end

  def test_as_json_is_used
    assert_equal '{"a":[{"b":"1.5"}],"c":null}', written(a: [{ b: Price.new("1.5") }], c: Price.new(nil))
    assert_equal '{"id":"2"}', written(Price.new({ id: Price.new("2") }))
    assert_equal '{"a":"9"}', written(a: SimpleDelegator.new(Price.new("9")))
    assert_match(/\Apayload\[:a\]: as_json of a TestPayload::Price returned a Time/, refused(a: Price.new(Time.now)))
    assert_match(/\Apayload\[:a\]\[:b\]: a Time is not JSON/, refused(a: Price.new({ b: Time.now })))
    # A String as the whole payload would be JSON already.
    ["2", 2, nil].each { |value| assert_match(/payload must be a Hash/, refused(Price.new(value))) }
  end

  def test_implicit_conversions_and_a_to_json_of_its_own_are_used
    assert_equal '{"a":{"b":1},"c":[{"x":1}]}', written(a: SimpleDelegator.new({ b: 1 }), c: [Point.new])
  end

  def test_a_payload_that_contains_itself_is_refused
    circle = []
    circle << circle << Price.new("1")
    endless = Price.new({})
    endless.as_json[:again] = endless
    [circle, { a: endless }].each { |payload| assert_match(/nesting/, refused(payload)) }
  end

  def test_a_refused_payload_was_not_sent
    error = assert_raises(Hookrail::InvalidArgumentError) { client.send_event("a", { at: Time.now }) }
    assert_equal [:not_sent, 0], [error.outcome, server.summary["requests"]]
    assert_raises(Hookrail::InvalidArgumentError) { client.submit("a", [Time.now]) }
    assert_raises(Hookrail::InvalidArgumentError) { client.prepare_event("a", [Time.now]) }
  end

  def test_a_plain_payload_is_not_copied
    payload = { "order" => { id: 1, lines: [{ n: 1.5 }] } }
    assert_same payload, Hookrail::JSONValue.of(payload)
  end

  ACTIVE_SUPPORT = <<~CODE
    require "bigdecimal"
    Order = Struct.new(:id, :at)
    class Record
      def initialize = @id = 5
    end
    payload = { at: Time.utc(2026, 1, 2, 3, 4, 5.678r), price: BigDecimal("1.50"), order: [Order.new(1, Date.new(2026, 1, 2))],
                record: Record.new, "shy" => { indifferent: 1 }.with_indifferent_access, span: 90.minutes }
    client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
    client.send_event("a", payload)
    client.send_event("b", Record.new)
    refused = client.send_event("c", { nan: Float::NAN }) rescue $!.message
    puts JSON.generate([JSON.parse(payload.to_json), refused])
  CODE

  # Warnings of Active Support itself are of no interest.
  def test_active_support_writes_payloads_as_in_rails
    loads = ['require "active_support"; require "active_support/all"', 'require "hookrail"']
    [loads, loads.reverse].each do |first, second|
      server.reset
      result = ruby("#{first}\n#{second}\n#{ACTIVE_SUPPORT}", server.url, options: ["-W0"])
      assert_predicate result, :ok?, result.errors
      rails, refused = JSON.parse(result.output.lines.last)
      assert_match(/payload\[:nan\] is NaN, which JSON does not have/, refused)
      assert_equal "2026-01-02T03:04:05.678Z", rails.fetch("at")
      assert_equal [rails, { "id" => 5 }], recorded_payloads.values
    end
  end
end
