# frozen_string_literal: true

require_relative "helper"
require_relative "support/rails_app"

# The settings of a Rails application.
class TestRailtie < HookrailTest
  parallelize_me!

  def teardown
    @app&.remove
    super
  end

  def app
    @app ||= RailsApp.new(server.url)
  end

  # The client's settings, or the message of the error, for each list of arguments.
  def settings(*arguments, env: {})
    code = <<~CODE
      require "rails"
      require "hookrail"
      results = JSON.parse(ARGV[0], symbolize_names: true).map do |config, credentials, production|
        settings = Hookrail::Railtie::Settings.new(config:, credentials:, logger: nil, production:)
        [settings.client.except(:logger), settings.webhooks]
      rescue Hookrail::ConfigurationError => e
        e.message
      end
      puts JSON.generate(results)
    CODE
    ruby_json(code, JSON.generate(arguments), env:, options: ["-W0"])
  end

  def test_the_configuration_comes_before_the_environment_and_that_before_the_credentials
    stored = { api_key: "hk_stored", base_url: "https://stored", timeout: 5, webhooks: { "/a": "whsec_a" } }
    found = settings([{ api_key: "hk_config", timeout: nil }, stored, false], [nil, stored, true], [nil, nil, false],
                     [{ require_https: false }, nil, true], env: { "HOOKRAIL_BASE_URL" => "https://environment" })
    webhooks = { "/a": "whsec_a" }
    assert_equal [[{ api_key: "hk_config", timeout: 5 }, webhooks],
                  [{ api_key: "hk_stored", timeout: 5, require_https: true, require_base_url: true }, webhooks],
                  [{}, {}],
                  [{ require_https: false, require_base_url: true }, {}]], found
  end

  def test_a_setting_with_a_wrong_name_or_type_is_refused
    found = settings([{ timeot: 5 }, nil, false], [nil, { frobnicate: 1 }, false], [{ webhooks: "/a" }, nil, false],
                     ["hk_dev", nil, false])
    assert_match(/\Aconfig.hookrail has no setting timeot; did you mean timeout\? The settings are /, found[0])
    assert_match(/\Acredentials.hookrail has no setting frobnicate. The settings/, found[1])
    assert_match(/hookrail.webhooks must be a Hash of paths and secrets, not a String/, found[2])
    assert_match(/config.hookrail must be a Hash, not a String/, found[3])
  end

  def test_a_wrong_setting_ends_the_boot
    result = app.run("puts 1", env: { "APPLICATION_CONFIG" => "config.hookrail.workrs = 3" })
    refute_predicate result, :ok?
    assert_match(/config.hookrail has no setting workrs; did you mean workers\?.*ConfigurationError/, result.errors)
    result = app.run("puts 1", env: { "ORDERS_SECRET" => "whsec_\n" })
    refute_predicate result, :ok?
    assert_match(%r{the webhooks of /webhooks/orders: .*secret}, result.errors)
  end

  def test_credentials_are_enough_in_production
    write_credentials
    env = { "RAILS_ENV" => "production", "HOOKRAIL_API_KEY" => nil, "HOOKRAIL_BASE_URL" => nil }
    result = app.run(<<~CODE, env:)
      Hookrail.client.send_event("a", {})
      Hookrail.close
      Rails.application.config.hookrail.base_url = "http://hooks.example.com"
      begin
        Hookrail.client
      rescue Hookrail::ConfigurationError => e
        puts JSON.generate(e.message)
      end
    CODE
    assert_predicate result, :ok?, result.errors
    assert_match(/https/, result.json)
    assert_equal 1, server.events.size
  end

  def test_the_log_gets_the_events_that_could_not_be_sent_in_the_background
    server.faults({ status: 409, times: "always" })
    result = app.run('Hookrail.client.submit("order.paid", {}, idempotency_key: "k")')
    assert_match(/ERROR .*hookrail: sending "order.paid" failed .*409.*, key k$/, result.errors)
  end

  def write_credentials
    File.write(File.join(app.folder, "config/master.key"), "0" * 32)
    Subprocess.ruby(<<~CODE, app.folder, server.url, options: ["-W0"])
      require "active_support/all"
      require "active_support/encrypted_configuration"
      Dir.chdir(ARGV[0])
      ActiveSupport::EncryptedConfiguration.new(
        config_path: "config/credentials.yml.enc", key_path: "config/master.key", env_key: "X", raise_if_missing_key: true
      ).write({ "hookrail" => { "api_key" => "hk_dev", "base_url" => ARGV[1] } }.to_yaml)
    CODE
  end

  def test_the_task_tells_whether_the_service_knows_the_key
    output, succeeded = app.rake("hookrail:check")
    assert succeeded, output
    assert_match(/\Alibhookrail #{Hookrail::VERSION} from .*libhookrail.so\nthe service knows the API key\n\z/, output)
    output, succeeded = app.rake("hookrail:check", env: { "HOOKRAIL_API_KEY" => "hk_wrong" })
    refute succeeded
    assert_match(/the check failed: authentication: .*401/, output)
  end

  def test_without_rails_there_is_no_railtie
    assert_equal [false, true], ruby_json(<<~CODE, options: ["-W0"])
      require "hookrail"
      before = Hookrail.const_defined?(:Railtie)
      require "rails"
      require "hookrail/railtie"
      puts JSON.generate([before, Hookrail.const_defined?(:Railtie)])
    CODE
  end
end
