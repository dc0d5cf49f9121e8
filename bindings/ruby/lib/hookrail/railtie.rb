# frozen_string_literal: true

require_relative "../hookrail"
require "rails"

module Hookrail
  # Makes {Hookrail.client} and the verification of webhooks part of a Rails application. `require "hookrail"` loads it
  # if Rails is there.
  #
  # @example config/application.rb
  #   config.hookrail.timeout = 10
  #   config.hookrail.webhooks = { "/webhooks/orders" => ENV.fetch("ORDERS_SECRET") }
  class Railtie < ::Rails::Railtie
    config.hookrail = ActiveSupport::OrderedOptions.new

    # An initializer of the application may use the client already.
    initializer "hookrail.client", before: :load_config_initializers do |app|
      PROCESS_CLIENT.configure { Railtie.settings(app).client }
    end

    # First of all: nothing may read the body before.
    initializer "hookrail.webhooks", after: :load_config_initializers do |app|
      webhooks = Railtie.settings(app).webhooks
      app.middleware.unshift Rack::VerifyPaths, webhooks, logger: ::Rails.logger unless webhooks.empty?
    end

    rake_tasks { load File.expand_path("railtie/tasks.rake", __dir__) }

    # @api private
    # @raise [ConfigurationError]
    def self.settings(app)
      Settings.new(config: app.config.hookrail, credentials: app.credentials[:hookrail], logger: ::Rails.logger,
                   production: ::Rails.env.production?)
    end
  end
end

require_relative "railtie/settings"
