# frozen_string_literal: true

module Hookrail
  class Railtie
    # The settings of an application. `config.hookrail` comes first, then the environment variables, then
    # `credentials.hookrail`.
    # @api private
    class Settings
      # All settings.
      NAMES = [:close_timeout, :webhooks, *Client.instance_method(:initialize).parameters.filter_map do |type, name|
        name if type == :key
      end, *Native::Options::KNOWN].freeze

      # The environment variables that the native library reads.
      ENVIRONMENT = { api_key: "HOOKRAIL_API_KEY", base_url: "HOOKRAIL_BASE_URL" }.freeze
      private_constant :NAMES, :ENVIRONMENT

      # @param config [#to_h, nil] `config.hookrail`
      # @param credentials [#to_h, nil] `credentials.hookrail`
      # @param logger [Logger] gets the log of the client, unless the settings name another
      # @param production [Boolean] whether to refuse plain http and a missing base URL unless the settings allow them
      # @raise [ConfigurationError] a setting has an unknown name
      def initialize(config:, credentials:, logger:, production:)
        config = known(config, "config.hookrail")
        stored = known(credentials, "credentials.hookrail")
        stored.delete_if { |name, _| ENVIRONMENT.key?(name) && !ENV[ENVIRONMENT[name]].to_s.empty? }
        safe = production ? { require_https: true, require_base_url: true } : {}
        @all = { logger:, **safe, **stored, **config }
      end

      # @return [Hash{Symbol => Object}] the settings of the process's client
      def client
        @all.except(:webhooks)
      end

      # @return [Hash{String => Object}] the secrets or settings by the paths of the webhooks
      # @raise [ConfigurationError]
      def webhooks
        paths = @all.fetch(:webhooks, {})
        unless paths.respond_to?(:to_h)
          raise ConfigurationError, "hookrail.webhooks must be a Hash of paths and secrets, not a #{paths.class}"
        end

        paths.to_h
      end

      private

      # @return [Hash{Symbol => Object}] the settings that are not nil
      def known(settings, where)
        unless settings.nil? || settings.respond_to?(:to_h)
          raise ConfigurationError, "#{where} must be a Hash, not a #{settings.class}"
        end

        settings = settings.to_h.transform_keys(&:to_sym).compact
        settings.each_key { |name| refuse(name, where) unless NAMES.include?(name) }
        settings
      end

      def refuse(name, where)
        similar = DidYouMean::SpellChecker.new(dictionary: NAMES).correct(name).first if defined?(DidYouMean)
        advice = similar ? "; did you mean #{similar}?" : "."
        raise ConfigurationError, "#{where} has no setting #{name}#{advice} The settings are #{NAMES.join(", ")}."
      end
    end
  end
end
