# frozen_string_literal: true

require "stringio"
require_relative "refusal"

module Hookrail
  module Rack
    # Lets through only what a Hookrail service has signed.
    #
    # The body is read once, up to a limit, and verified as it is read; the application finds it unread in
    # `rack.input`, and the delivery in `env["hookrail.delivery"]`. Everything else is refused, and why is for the
    # log:
    #
    # - 405 for another method than POST
    # - 408 for a body that did not arrive in full, or that was read before the middleware: the service repeats the
    #   delivery. That a body was read in part is seen only where the request announced its length (Content-Length);
    #   otherwise it cannot be told from a forgery, and is answered as one
    # - 413 for a body over `body_limit`: raise the limit. The service gives the delivery up
    # - `mismatch_status`, 401 by default, where no secret matches or the time is too far off
    # - 401 for all the rest
    #
    # The signature covers the body and the delivery id, and neither the method nor the path, nor the topic, nor the
    # event's id: do not decide by them what the body could tell.
    #
    # @example config.ru
    #   map "/webhooks" do
    #     use Hookrail::Rack::VerifySignature, secrets: ENV.fetch("WEBHOOK_SECRET"), logger: Logger.new($stderr)
    #     run ->(env) { handle(env["hookrail.delivery"]); [204, {}, []] }
    #   end
    class VerifySignature
      # Where the application finds the {ReceivedDelivery}.
      ENV_KEY = "hookrail.delivery"

      # The largest body that is read by default: 16 MiB. The service takes payloads of up to 256 KiB and delivers
      # what its database makes of them, which was up to 50 times as long (numbers such as 1e300 are spelled out).
      # A delivery over the limit is lost.
      DEFAULT_BODY_LIMIT = 16 * 1024 * 1024

      # How much is read at once, and so the most that a request takes beyond what of it has arrived.
      CHUNK = 16 * 1024

      # What the service sends.
      DEFAULT_METHODS = ["POST"].freeze

      # @param app [#call]
      # @param secrets [String, Array<String>] the endpoint's secret; during a rotation the old one, too
      # @param tolerance [Numeric] how many seconds a signature's time may be from now
      # @param body_limit [Integer] the largest body in bytes that is read
      # @param mismatch_status [Integer] what to answer where no secret matches or the time is too far off, 400 to 599.
      #   The service gives a delivery up at a 401, and on an ordered subscription holds back those that follow: set
      #   503 before a secret is rotated and while clocks are in doubt, and it tries again
      # @param methods [Array<String>] the methods that are accepted. The signature does not cover the method, so
      #   with more of them a delivery can be sent again with another
      # @param logger [#warn, nil] is told why a request is refused
      # @param now [#call, nil] a clock in place of the system's, for tests
      # @raise [InvalidArgumentError] when the secrets or a number cannot be used
      def initialize(app, secrets:, tolerance: Verifier::DEFAULT_TOLERANCE, body_limit: DEFAULT_BODY_LIMIT,
                     mismatch_status: 401, methods: DEFAULT_METHODS, logger: nil, now: nil)
        @app = app
        @verifier = Verifier.new(secrets, tolerance:)
        @body_limit = Native.integer(body_limit, :body_limit, 1..(2**62))
        @refusal = Refusal.new(mismatch_status:, methods:)
        @logger = logger
        @now = now
      end

      # @param env [Hash] the Rack environment
      # @return [Array] the application's answer, or the refusal
      def call(env)
        unless @refusal.accepts?(env["REQUEST_METHOD"])
          @logger&.warn("webhook refused: the method is #{env["REQUEST_METHOD"].inspect}")
          return @refusal.of_method
        end
        begin
          env[ENV_KEY] = verify(env)
        rescue SignatureError, BodyTooLargeError, BodyIncompleteError => e
          @logger&.warn("webhook refused: #{e.status}: #{e.message}")
          return @refusal.of(e)
        end
        @app.call(env)
      end

      private

      def verify(env)
        verification = @verifier.start(**Headers.find(env), limit: @body_limit, now: @now&.call,
                                                            content_length: content_length(env))
        body, verified = judge(env, verification)
        env["rack.input"] = StringIO.new(body)
        ReceivedDelivery.new(delivery_id: verified.delivery_id, event_id: env["HTTP_HOOKRAIL_EVENT_ID"],
                             topic: env["HTTP_HOOKRAIL_TOPIC"], body:, verified:)
      end

      def judge(env, verification)
        body = read(env["rack.input"], verification)
        # A delivery has a body: of one without, all was read before.
        verification.announce(1) if body.empty? && content_length(env).nil?
        [body, verification.finish]
      ensure
        # Refused requests, too, are many: what they take is not to wait for the garbage collector.
        verification.release
      end

      # What is no length is the server's to refuse.
      def content_length(env)
        length = env["CONTENT_LENGTH"].to_s
        length.to_i if length.match?(/\A[0-9]{1,18}\z/)
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
    end
  end
end
