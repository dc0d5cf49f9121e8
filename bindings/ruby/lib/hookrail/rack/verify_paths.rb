# frozen_string_literal: true

require_relative "verify_signature"

module Hookrail
  module Rack
    # Verifies the requests to some paths, and passes all others on as they are. In contrast to {VerifySignature} it can
    # stand in front of a whole application.
    #
    # A router may take other paths for one of these. So the middleware also verifies requests to everything below a
    # path, and to its other spellings: for `/webhooks` these are `/webhooks/`, `//webhooks`, `/webhooks.json`,
    # `/%77ebhooks` and `/webhooks/x`.
    #
    # @example config.ru
    #   use Hookrail::Rack::VerifyPaths, { "/webhooks/orders" => ENV.fetch("ORDERS_SECRET") }
    class VerifyPaths
      # @param app [#call]
      # @param paths [Hash{String => String, Array<String>, Hash}] the secret or the secrets of each path, or the
      #   settings of its {VerifySignature}
      # @param settings [Hash] settings of {VerifySignature} for all paths
      # @raise [InvalidArgumentError] when a path or a setting cannot be used
      def initialize(app, paths, **settings)
        raise InvalidArgumentError, "paths must be a Hash, not a #{paths.class}" unless paths.respond_to?(:to_h)

        @app = app
        # The longest first: it is the most specific.
        @verifiers = paths.to_h { |path, own| [normal(path), verifier(path, own, settings)] }
                          .sort_by { |path, _| -path.size }
      end

      # @param env [Hash] the Rack environment
      # @return [Array] the application's answer, or the refusal
      def call(env)
        path = squeeze(decode(env["PATH_INFO"].to_s))
        _, verifier = @verifiers.find { |own, _| covers?(own, path) }
        (verifier || @app).call(env)
      end

      private

      def verifier(path, own, settings)
        own = own.respond_to?(:to_hash) ? own.to_hash.transform_keys(&:to_sym) : { secrets: own }
        VerifySignature.new(@app, **settings, **own)
      rescue ArgumentError, Error => e
        raise InvalidArgumentError, "the webhooks of #{path}: #{e.message}"
      end

      def normal(path)
        path = path.to_s
        raise InvalidArgumentError, "the path #{path.inspect} must begin with a slash" unless path.start_with?("/")

        squeeze(path.b)
      end

      def decode(path)
        path.b.gsub(/%(\h\h)/) { Regexp.last_match(1).hex.chr }
      end

      # @return [String] the path without repeated slashes, and without one at its end
      def squeeze(path)
        path.squeeze("/").delete_suffix("/")
      end

      def covers?(own, path)
        path.start_with?(own) && ["", "/", "."].include?(path[own.size, 1])
      end
    end
  end
end
