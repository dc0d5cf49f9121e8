# frozen_string_literal: true

require "stringio"

module Hookrail
  module Rack
    # Lets through only what a Hookrail service has signed.
    #
    # The body is read once, up to a limit, and verified as it is read; the application finds it unread in
    # `rack.input`, and the delivery in `env["hookrail.delivery"]`. Everything else gets one and the same
    # answer, whatever is wrong with it: why is for the log.
    #
    # @example config.ru
    #   map "/webhooks" do
    #     use Hookrail::Rack::VerifySignature, secrets: ENV.fetch("WEBHOOK_SECRET"), logger: Logger.new($stderr)
    #     run ->(env) { handle(env["hookrail.delivery"]); [204, {}, []] }
    #   end
    class VerifySignature
      # Where the application finds the {ReceivedDelivery}.
      ENV_KEY = "hookrail.delivery"

      # The largest body that is read by default: the service's limit for a payload, with room for what its
      # database makes of the spaces in it.
      DEFAULT_BODY_LIMIT = 1024 * 1024

      # How much is read at once.
      CHUNK = 64 * 1024

      # @param app [#call]
      # @param secrets [String, Array<String>] the endpoint's secret; during a rotation the old one, too
      # @param tolerance [Numeric] how many seconds a signature's time may be from now
      # @param body_limit [Integer] the largest body in bytes that is read
      # @param logger [#warn, nil] is told why a request is refused
      # @param now [#call, nil] a clock in place of the system's, for tests
      # @raise [InvalidArgumentError] when the secrets or a number cannot be used
      def initialize(app, secrets:, tolerance: Verifier::DEFAULT_TOLERANCE, body_limit: DEFAULT_BODY_LIMIT,
                     logger: nil, now: nil)
        @app = app
        @verifier = Verifier.new(secrets, tolerance:)
        @body_limit = Native.integer(body_limit, :body_limit, 1..(2**62))
        @logger = logger
        @now = now
      end

      # @param env [Hash] the Rack environment
      # @return [Array] the application's answer, or the refusal
      def call(env)
        begin
          env[ENV_KEY] = verify(env)
        rescue SignatureError, BodyTooLargeError => e
          @logger&.warn("webhook refused: #{e.status}: #{e.message}")
          return refusal
        end
        @app.call(env)
      end

      private

      def verify(env)
        found = Headers.find(env)
        verification = @verifier.start(**found, limit: @body_limit, now: @now&.call)
        body = read(env["rack.input"], verification)
        verified = verification.finish
        env["rack.input"] = StringIO.new(body)
        ReceivedDelivery.new(delivery_id: verified.delivery_id, event_id: env["HTTP_HOOKRAIL_EVENT_ID"],
                             topic: env["HTTP_HOOKRAIL_TOPIC"], body:, verified:)
      end

      def read(input, verification)
        body = String.new(encoding: Encoding::BINARY)
        # Rack 3 allows that there is none, and that it cannot go back to where another middleware began.
        return body.freeze unless input

        rewind(input)
        while (chunk = input.read(CHUNK))
          verification << chunk
          body << chunk
        end
        body.freeze
      end

      def rewind(input)
        input.rewind if input.respond_to?(:rewind)
      rescue Errno::ESPIPE
        # A pipe or a socket cannot go back.
      end

      def refusal
        body = "The signature of this webhook does not verify.\n"
        [401, { "content-type" => "text/plain", "content-length" => body.bytesize.to_s }, [body]]
      end
    end
  end
end
