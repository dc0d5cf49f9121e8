# frozen_string_literal: true

require "tmpdir"
require_relative "guide"
require_relative "subprocess"

# A Rails application in a folder of its own, made of the blocks of the guide.
class RailsApp
  FILES = %w[config/initializers/hookrail.rb config/routes.rb config/puma.rb app/controllers/webhooks_controller.rb
             app/models/order.rb app/models/payment.rb app/models/outbox_event.rb test/models/order_test.rb].freeze
  OWN = {
    "config/application.rb" => <<~CODE,
      require "logger"
      require "action_controller/railtie"
      require "active_record/railtie"
      require "hookrail"

      class Shop < Rails::Application
        config.root = File.expand_path("..", __dir__)
        config.load_defaults 6.1
        config.eager_load = true
        config.secret_key_base = "0" * 64
        config.hosts.clear
        # The last line of the output is the result of the program, and the log may get lines after it.
        config.logger = Logger.new($stderr, level: :info)
        instance_eval(ENV["APPLICATION_CONFIG"].to_s)
      end
    CODE
    "config/environment.rb" => <<~CODE,
      require_relative "application"
      Rails.application.initialize!
    CODE
    "config/database.yml" => <<~YAML,
      default: &default { adapter: sqlite3, database: db.sqlite3, pool: 5, timeout: 20000 }
      test: *default
      production: *default
    YAML
    "config.ru" => <<~CODE,
      require_relative "config/environment"
      load "tables.rb"
      map("/orders") { run ->(_env) { [201, {}, [Order.create!.id.to_s]] } }
      map("/") { run Rails.application }
    CODE
    "tables.rb" => <<~CODE,
      ActiveRecord::Migration.suppress_messages do
        ActiveRecord::Schema.define do
          next if table_exists?(:orders)

          create_table(:orders)
          create_table(:payments)
          create_table(:outbox_events) { |table| table.binary :blob, null: false }
          create_table(:receipts) do |table|
            table.string :delivery_id, null: false, index: { unique: true }
            table.string :order
          end
        end
      end
    CODE
    "app/models/receipt.rb" => "class Receipt < ActiveRecord::Base; end\n",
    "Rakefile" => "require_relative 'config/application'\nRails.application.load_tasks\n"
  }.freeze
  SECRET = "whsec_orders"

  attr_reader :folder

  def initialize(url)
    @url = url.to_s
    @folder = Dir.mktmpdir
    Guide.write(@folder, FILES)
    OWN.each { |name, text| File.write(File.join(@folder, name), text) }
  end

  # Runs a program in the booted application.
  def run(code, env: {})
    boot = "Dir.chdir(ARGV[0])\nrequire './config/environment'\nload './tables.rb'\n"
    Subprocess.ruby(boot + code, @folder, env: self.env.merge(env), options: ["-W0"])
  end

  # Runs a task of rake, and returns its output and whether it succeeded.
  def rake(task, env: {})
    command = [RbConfig.ruby, "-W0", "-I", Subprocess::LIB, "-S", "rake", task]
    output, status = Open3.capture2e(self.env.merge(env), *command, chdir: @folder)
    [output, status.success?]
  end

  def env
    { "RAILS_ENV" => "test", "HOOKRAIL_API_KEY" => "hk_dev", "HOOKRAIL_BASE_URL" => @url, "ORDERS_SECRET" => SECRET }
  end

  def remove
    FileUtils.rm_rf(@folder)
  end
end
