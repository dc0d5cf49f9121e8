# frozen_string_literal: true

require_relative "helper"
require "logger"
require "rack"
require "rack/lint"
require "rack/mock"
require "stringio"

class TestRack < HookrailTest
  SECRET = "whsec_test"
  BODY = '{"order_id":"o_1"}'

  # An input as Rack 3 allows it: it can be read once, in pieces, and cannot rewind.
  class OnceOnly
    attr_reader :bytes_read

    def initialize(body)
      @io = StringIO.new(body.b)
      @bytes_read = 0
    end

    def read(length)
      # Returns less than requested, like a socket.
      chunk = @io.read([length, 7].min)
      @bytes_read += chunk.to_s.bytesize
      chunk
    end
  end

  def setup
    @seen = nil
    @log = StringIO.new
  end

  def application
    lambda do |env|
      @seen = { delivery: env["hookrail.delivery"], body: env["rack.input"].read, env: }
      [204, {}, []]
    end
  end

  def middleware(**options)
    logger = Logger.new(@log)
    Hookrail::Rack::VerifySignature.new(application, secrets: SECRET, logger:, **options)
  end

  def env(body = BODY, **options)
    signed = Hookrail::Testing.rack_env(body, secret: SECRET, **options)
    Rack::MockRequest.env_for("/webhooks", method: "POST").merge(signed)
  end

  TEXTS = { 408 => "The webhook did not arrive in full.\n",
            413 => "The webhook is over the limit for bodies.\n" }.freeze

  def assert_refused(environment, reason, app = middleware, status: 401)
    answered, headers, body = app.call(environment)
    text = TEXTS.fetch(status, "The signature of this webhook does not verify.\n")
    assert_equal [status, "text/plain", [text]], [answered, headers["content-type"], body]
    assert_equal text.bytesize.to_s, headers["content-length"]
    assert_nil @seen
    assert_match(/webhook refused: #{reason}:/, @log.string)
    refute_includes @log.string, SECRET
  end

  def test_a_delivery_reaches_the_application
    status, = middleware.call(env(topic: "order.paid", event_id: "e_1", delivery_id: "d_1"))
    assert_equal 204, status
    delivery = @seen[:delivery]
    assert_equal ["d_1", "e_1", "order.paid", BODY, BODY.b],
                 [delivery.delivery_id, delivery.event_id, delivery.topic, delivery.body, @seen[:body]]
    assert_equal({ order_id: "o_1" }, delivery.payload(symbolize_names: true))
    assert_equal 0, delivery.verified.secret_index
    assert_predicate delivery, :frozen?
  end

  def test_rack_lint_accepts_it
    app = Rack::Lint.new(middleware)
    assert_equal 204, Rack::MockRequest.new(app).request("POST", "/", env).status
    refused = Rack::MockRequest.new(app).request("POST", "/", env.merge("HTTP_HOOKRAIL_SIGNATURE" => "t=1"))
    assert_equal 401, refused.status
  end

  def test_a_form_parser_before_it_does_no_harm
    environment = env
    Rack::Request.new(environment).body.read
    assert_equal 204, middleware.call(environment)[0]
  end

  def test_an_input_that_can_be_read_only_once
    app = middleware(body_limit: 100_000)
    body = JSON.generate("é" * 20_000)
    assert_equal 204, app.call(env(body).merge("rack.input" => OnceOnly.new(body)))[0]
    assert_equal body.b, @seen[:body]
  end

  def test_an_input_that_cannot_go_back
    IO.pipe do |reader, writer|
      writer.write(BODY)
      writer.close
      assert_equal 204, middleware.call(env.merge("rack.input" => reader))[0]
    end
    assert_equal BODY.b, @seen[:body]
  end

  def test_no_input_at_all_is_an_empty_body
    app = middleware
    environment = env("")
    environment.delete("rack.input")
    assert_equal 204, app.call(environment)[0]
    assert_equal "", @seen[:body]
    @seen = nil
    assert_refused env.merge("rack.input" => nil), "body_incomplete", status: 408
  end

  def test_all_other_requests_get_the_same_answer
    {
      "signature_missing" => env.except("HTTP_HOOKRAIL_SIGNATURE"),
      "signature_malformed" => env.merge("HTTP_HOOKRAIL_SIGNATURE" => "garbage"),
      "timestamp_too_old" => env(timestamp: Time.now - 400),
      "timestamp_too_new" => env(timestamp: Time.now + 400),
      "signature_mismatch" => env.merge("rack.input" => StringIO.new("#{BODY} "))
    }.each { |reason, environment| assert_refused environment, reason }
    assert_refused env.merge("HTTP_HOOKRAIL_DELIVERY_ID" => "other"), "signature_mismatch"
    # Servers join a repeated header like this.
    twice = env.then { |one| one.merge("HTTP_HOOKRAIL_SIGNATURE" => [one["HTTP_HOOKRAIL_SIGNATURE"]] * 2 * ", ") }
    assert_refused twice, "signature_malformed"
  end

  def test_a_body_over_the_limit_is_refused_as_too_large
    assert_refused env(JSON.generate("x" * 20_000_000)), "body_too_large", status: 413
    app = middleware(body_limit: BODY.bytesize - 1, mismatch_status: 503)
    assert_refused env, "body_too_large", app, status: 413
    # The signature makes no difference: it was not checked.
    assert_refused env("#{BODY} ").merge("rack.input" => StringIO.new("x" * 100)), "body_too_large", app, status: 413
    assert_equal 204, middleware(body_limit: BODY.bytesize).call(env)[0]
  end

  # Without a length, a partly read body looks like a forgery.
  def test_a_partly_read_body_is_noticed_by_its_length
    input = OnceOnly.new(BODY)
    input.read(3)
    assert_refused env.except("CONTENT_LENGTH").merge("rack.input" => input), "signature_mismatch"
    @log.truncate(0)
    input = OnceOnly.new(BODY)
    input.read(3)
    assert_refused env.merge("rack.input" => input), "body_incomplete", status: 408
  end

  # Counts allocated and freed verifications while the garbage collector is off.
  def test_each_request_frees_its_verification_without_the_garbage_collector
    counted = Hash.new(0)
    trace = TracePoint.new(:call, :c_call) { |point| counted[point.method_id] += 1 }
    app = middleware(body_limit: 100)
    failing = Object.new.tap { |input| input.define_singleton_method(:read) { |_| raise IOError } }
    GC.disable
    trace.enable do
      app.call(env)
      app.call(env.merge("rack.input" => StringIO.new("#{BODY} ")))
      app.call(env.merge("rack.input" => StringIO.new("")))
      app.call(env("x" * 101))
      app.call(env("x" * 101).except("CONTENT_LENGTH"))
      assert_raises(IOError) { app.call(env.merge("rack.input" => failing)) }
    end
    assert_equal [6, 6], counted.values_at(:hookrail_verifier_begin, :hookrail_verification_free)
  ensure
    GC.enable
  end

  def test_a_body_that_was_read_before_is_incomplete
    input = OnceOnly.new(BODY)
    nil while input.read(64)
    assert_refused env.merge("rack.input" => input), "body_incomplete", status: 408
    @log.truncate(0)
    # Without a length, as with chunked transfers.
    assert_refused env.except("CONTENT_LENGTH").merge("rack.input" => input), "body_incomplete", status: 408
  end

  def test_a_body_that_is_cut_off_is_incomplete
    [BODY[0..-2], ""].each do |part|
      assert_refused env.merge("rack.input" => StringIO.new(part)), "body_incomplete", status: 408
    end
    assert_refused env.merge("rack.input" => StringIO.new("#{BODY[0..-2]} ")), "signature_mismatch"
  end

  def test_an_invalid_length_is_ignored
    ["", "abc", "-1", "1" * 30].each do |length|
      assert_equal 204, middleware.call(env.merge("CONTENT_LENGTH" => length))[0]
    end
  end

  def test_a_body_announced_as_too_large_is_not_read
    input = OnceOnly.new(BODY)
    environment = env.merge("rack.input" => input, "CONTENT_LENGTH" => (2**40).to_s)
    assert_refused environment, "body_too_large", status: 413
    assert_equal 0, input.bytes_read
  end

  def test_a_signature_in_a_list_is_joined
    parts = env(delivery_id: "d_1")["HTTP_HOOKRAIL_SIGNATURE"].split(",")
    [parts, parts.join(", ")].each do |value|
      environment = env(delivery_id: "d_1").merge("HTTP_HOOKRAIL_SIGNATURE" => value)
      assert_equal 204, middleware.call(environment)[0]
    end
  end

  def test_a_mismatch_may_have_another_status
    app = middleware(mismatch_status: 503)
    { "timestamp_too_old" => env(timestamp: Time.now - 400), "timestamp_too_new" => env(timestamp: Time.now + 400),
      "signature_mismatch" => env.merge("rack.input" => StringIO.new("#{BODY} ")) }.each do |reason, environment|
      assert_refused environment, reason, app, status: 503
    end
    # A rotation does not explain these.
    assert_refused env.except("HTTP_HOOKRAIL_SIGNATURE"), "signature_missing", app
    assert_refused env.merge("HTTP_HOOKRAIL_SIGNATURE" => "garbage"), "signature_malformed", app
    assert_equal 204, app.call(env)[0]
    [200, 399, 600, nil, "503"].each do |mismatch_status|
      assert_raises(Hookrail::InvalidArgumentError) { middleware(mismatch_status:) }
    end
  end

  def test_only_post_is_accepted
    %w[GET PUT HEAD PATCH DELETE OPTIONS post].each do |method|
      input = OnceOnly.new(BODY)
      status, headers, body = middleware.call(env.merge("REQUEST_METHOD" => method, "rack.input" => input))
      assert_equal [405, "POST", ["A webhook is sent by POST.\n"]], [status, headers["allow"], body]
      assert_equal 0, input.bytes_read
      assert_nil @seen
    end
    assert_match(/webhook refused: the method is "GET"/, @log.string)
  end

  def test_more_methods_can_be_accepted
    app = middleware(methods: %w[POST put])
    assert_equal 204, app.call(env.merge("REQUEST_METHOD" => "PUT"))[0]
    assert_equal "POST, PUT", app.call(env.merge("REQUEST_METHOD" => "GET"))[1]["allow"]
    [[], nil, [""]].each do |methods|
      assert_raises(Hookrail::InvalidArgumentError) { middleware(methods:) }
    end
  end

  def test_the_largest_payload_as_jsonb_stores_it_fits
    # PostgreSQL spells numbers out: 1e300 becomes 301 digits.
    numbers = (256 * 1024) / "1e300,".bytesize
    body = "[#{Array.new(numbers, "1#{"0" * 300}").join(", ")}]"
    assert_operator body.bytesize, :>, 13_000_000
    assert_equal 204, middleware.call(env(body))[0]
  end

  def test_the_application_may_change_an_answer
    first = middleware.call(env.merge("HTTP_HOOKRAIL_SIGNATURE" => "t=1"))
    first[1]["x-by"] = "another middleware"
    refute_includes middleware.call(env.merge("HTTP_HOOKRAIL_SIGNATURE" => "t=1"))[1], "x-by"
  end

  def test_a_body_over_the_limit_is_not_read_to_its_end
    input = OnceOnly.new("x" * 1_000_000)
    assert_refused env("x" * 1_000_000).merge("rack.input" => input), "body_too_large", middleware(body_limit: 100),
                   status: 413
    assert_operator input.bytes_read, :<, 200
  end

  def test_a_body_that_cannot_verify_is_not_read
    input = OnceOnly.new(BODY)
    assert_refused env(timestamp: Time.now - 400).merge("rack.input" => input), "timestamp_too_old"
    assert_equal 0, input.bytes_read
  end

  def test_both_secrets_of_a_rotation_verify
    app = middleware(secrets: ["whsec_new", SECRET])
    assert_equal 204, app.call(env)[0]
    assert_equal 1, @seen[:delivery].verified.secret_index
  end

  def test_tolerance_and_clock_can_be_set
    app = middleware(tolerance: 5, now: -> { Time.at(1000) })
    assert_equal 204, app.call(env(timestamp: 1005))[0]
    assert_equal 401, app.call(env(timestamp: 1006))[0]
  end

  def test_errors_of_the_application_are_passed_on
    app = Hookrail::Rack::VerifySignature.new(->(_) { raise Hookrail::SignatureMismatchError, "its own" },
                                              secrets: SECRET)
    assert_raises(Hookrail::SignatureMismatchError) { app.call(env) }
  end

  def test_a_setup_that_verifies_nothing_is_refused
    [{ secrets: [] }, { secrets: "" }, { secrets: nil }, { secrets: SECRET, tolerance: -1 },
     { secrets: SECRET, body_limit: 0 }, { secrets: SECRET, body_limit: nil }].each do |options|
      assert_raises(Hookrail::InvalidArgumentError, options) { middleware(**options) }
    end
  end
end
