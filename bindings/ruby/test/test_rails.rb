# frozen_string_literal: true

require_relative "helper"
require_relative "support/puma"
require_relative "support/rails_app"

# The blocks of docs/rails.md for Rails and Puma, in a real application.
class TestRails < HookrailTest
  parallelize_me!

  ORDERS = 8

  # The blocks that other tests run.
  ELSEWHERE = %w[boot.rb app/jobs/send_event_job.rb app/jobs/flush_events.rb app/jobs/import_job.rb].freeze

  def teardown
    @app&.remove
    super
  end

  def app
    @app ||= RailsApp.new(server.url)
  end

  def run_app(code, **options)
    result = app.run(code, **options)
    assert_predicate result, :ok?, result.errors + result.output
    result.json
  end

  def keys
    server.events.map { |event| event["idempotency_key"] }
  end

  def test_every_block_of_the_guide_is_run
    assert_equal (RailsApp::FILES + ELSEWHERE).sort, Guide.blocks.keys.sort
    assert_equal File.read(Guide::PATH).scan(/^```\w/).size, Guide.blocks.size
  end

  def test_an_event_is_sent_after_the_commit_and_never_after_a_rollback
    seen = run_app(<<~CODE)
      # Does what the guide advises against.
      class Hasty < Order
        skip_callback :commit, :after, :announce
        after_create :announce
      end

      pending = Order.transaction do
        Order.create!
        Hookrail.client.pending.values.sum
      end
      Order.transaction { Order.create! && raise(ActiveRecord::Rollback) }
      Hookrail.client.flush
      before = Hookrail.client.stats.fetch(:attempts)
      Hasty.transaction { Hasty.create! && raise(ActiveRecord::Rollback) }
      Hookrail.client.flush
      puts JSON.generate(pending:, attempts: [before, Hookrail.client.stats.fetch(:attempts)], orders: Order.pluck(:id))
    CODE
    assert_equal({ pending: 0, attempts: [1, 2], orders: [1] }, seen)
    assert_includes keys, "order-created-1"
  end

  def test_the_test_of_the_guide_passes
    seen = run_app(<<~CODE)
      require "active_support/test_case"
      # As rails/test_help does it: each test runs in a transaction that is rolled back.
      ActiveSupport::TestCase.include(ActiveRecord::TestFixtures)
      load "test/models/order_test.rb"
      passed = Minitest.run(%w[--seed 1])
      puts JSON.generate([passed, OrderTest.runnable_methods.size, Order.count])
    CODE
    assert_equal [true, 1, 0], seen
    assert_empty server.events
  end

  def test_an_outbox_loses_no_event_to_a_crash_or_an_outage
    left = run_app(<<~CODE)
      left = []
      Payment.transaction { Payment.create! && raise(ActiveRecord::Rollback) }
      left << OutboxEvent.count
      Payment.create!
      left << OutboxEvent.count
      Process.wait(fork do
        OutboxEvent.define_singleton_method(:send_all) { exit!(0) }
        Payment.create!
      end)
      left << OutboxEvent.count
      Hookrail.client = Hookrail::Client.new(base_url: "#{refusing_url}", max_retries: 0)
      Payment.create!
      left << OutboxEvent.count
      Hookrail.client = nil
      2.times { OutboxEvent.send_all }
      puts JSON.generate([*left, OutboxEvent.count])
    CODE
    assert_equal [0, 0, 1, 2, 0], left
    payments = recorded_payloads.values.map { |payload| payload.fetch("payment") }
    assert_equal 3, payments.uniq.size
    assert_equal 3, payments.size
  end

  def test_a_cluster_verifies_webhooks_and_sends_what_is_submitted_before_it_ends
    puma = start_puma
    server.add_endpoint("#{puma.url}/webhooks/orders", RailsApp::SECRET, topics: ["order.paid"])
    client.send_event("order.paid", { order: "o_1" })
    server.wait(succeeded: 1)
    assert_equal %w[401 401 401 401 405], forgeries(puma)
    # The events are recorded only by their second attempts, when Puma is ending.
    server.faults({ status: 503, delay_ms: 1000, times: ORDERS })
    orders = Array.new(ORDERS) { Net::HTTP.get(URI("#{puma.url}/orders")) }
    output = puma.stop
    assert_equal orders.map { |order| "order-created-#{order}" }.sort, keys.grep(/order-created/).sort, output
    assert_match(/webhook refused: signature_mismatch: /, output)
    receipts = run_app("puts JSON.generate(Receipt.pluck(:order))")
    assert_equal %w[o_1], receipts
  end

  def start_puma
    puma = Puma.new("config.ru", "--config", "config/puma.rb", env: app.env, folder: app.folder)
    2.times { puma.read_until(/Worker \d+ .*booted/) }
    puma
  end

  # The answers to requests that are no webhooks, also under other spellings of the path.
  def forgeries(puma)
    uri = URI(puma.url)
    forged = Hookrail::Testing.headers("{}", secret: "whsec_other")
    Net::HTTP.start(uri.host, uri.port) do |http|
      paths = %w[/webhooks/orders /webhooks/orders.json //webhooks//orders/]
      [*paths.map { |path| http.post(path, "{}", forged) },
       http.post(paths[0], "{}", "content-type" => "application/json"), http.get(paths[0])].map(&:code)
    end
  end

  def test_the_controller_gets_the_delivery_the_body_and_the_parameters
    seen = run_app(<<~CODE)
      seen = []
      WebhooksController.before_action do
        seen << [request.raw_post, params[:order], request.env["hookrail.delivery"].payload]
      end
      env = Hookrail::Testing.rack_env('{"order":"o_2"}', secret: ENV.fetch("ORDERS_SECRET"))
      ask = lambda do |**changes|
        request = Rack::MockRequest.env_for("/webhooks/orders").merge(env, "rack.input" => StringIO.new('{"order":"o_2"}'))
        Rails.application.call(request.merge(changes.transform_keys(&:to_s)))[0]
      end
      answers = [ask.call, ask.call, ask.call("rack.input": StringIO.new('{"order":')),
                 ask.call("rack.input": StringIO.new('{"order":"o_3"}')),
                 ask.call("rack.input": StringIO.new(" " * 20_000_000), CONTENT_LENGTH: "20000000")]
      puts JSON.generate(seen:, answers:, receipts: Receipt.count)
    CODE
    # The second is a repetition. Then: a body that is cut off, another body, and one that is too large.
    assert_equal [204, 204, 408, 401, 413], seen[:answers]
    assert_equal [['{"order":"o_2"}', "o_2", { order: "o_2" }]] * 2, seen[:seen]
    assert_equal 1, seen[:receipts]
  end
end
