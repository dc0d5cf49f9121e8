# frozen_string_literal: true

require_relative "helper"

# Verification in front of a whole application.
class TestVerifyPaths < HookrailTest
  ORDERS = "whsec_orders"
  USERS = "whsec_users"

  def setup
    paths = { "/webhooks/orders" => ORDERS, "/webhooks//": [USERS], "/gone": { secrets: ORDERS, mismatch_status: 503 } }
    @app = middleware(paths)
  end

  def middleware(paths, **settings)
    Hookrail::Rack::VerifyPaths.new(->(env) { [200, {}, [env["hookrail.delivery"]&.body]] }, paths, **settings)
  end

  def status(path, secret: nil, body: "{}")
    env = secret ? Hookrail::Testing.rack_env(body, secret:) : { "REQUEST_METHOD" => "POST" }
    @app.call(env.merge("PATH_INFO" => path)).first
  end

  def test_only_webhooks_are_verified
    assert_equal 200, status("/orders")
    assert_equal 200, status("/")
    assert_equal 200, status("/webhooksother")
    assert_equal 401, status("/webhooks")
  end

  def test_each_path_has_its_own_secrets_and_settings_and_the_most_specific_path_counts
    assert_equal 200, status("/webhooks/orders", secret: ORDERS)
    assert_equal 401, status("/webhooks/orders", secret: USERS)
    assert_equal 200, status("/webhooks/users", secret: USERS)
    assert_equal 401, status("/webhooks/ordersx", secret: ORDERS)
    assert_equal 503, status("/gone", secret: USERS)
  end

  def test_other_spellings_of_a_path_are_verified_too
    ["/webhooks/orders/", "//webhooks///orders", "/webhooks/orders.json", "/webhooks/orders/1", "/webhooks/%6frders",
     "/webhooks%2Forders", "/webhooks/orders%00", "/webhooks/orders%3fa"].each do |path|
      assert_equal 401, status(path), path
    end
  end

  def test_a_request_without_a_path_is_no_webhook
    assert_equal 200, @app.call({ "REQUEST_METHOD" => "POST" }).first
  end

  def test_the_root_stands_for_every_path
    @app = middleware({ "/" => ORDERS })
    assert_equal([401, 401, 200], [status("/"), status("/a"), status("/a", secret: ORDERS)])
  end

  def test_settings_for_all_paths_and_wrong_ones
    log = StringIO.new
    require "logger"
    @app = middleware({ "/a" => ORDERS }, logger: Logger.new(log))
    assert_equal 401, status("/a", secret: USERS)
    assert_match(/webhook refused: signature_mismatch/, log.string)
    { { "a" => ORDERS } => /the path "a" must begin with a slash/,
      { "/a" => "" } => %r{the webhooks of /a: },
      { "/a" => { secret: ORDERS } } => %r{the webhooks of /a: .*secrets},
      { "/a" => { secrets: ORDERS, limit: 3 } } => %r{the webhooks of /a: unknown keyword: :limit},
      5 => /paths must be a Hash, not a Integer/ }.each do |paths, message|
      error = assert_raises(Hookrail::InvalidArgumentError) { middleware(paths) }
      assert_match message, error.message
    end
  end
end
