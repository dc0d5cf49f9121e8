# frozen_string_literal: true

require "stringio"
require_relative "refusal"

module Hookrail
  module Rack
    # Lets only requests through that a Hookrail service has signed.
    #
    # The body is read once, up to a limit, and verified while it is read. The application finds it unread in
    # `rack.input`, and the delivery in `env["hookrail.delivery"]`. All other requests are refused, and only the log
    # says why:
    #
    # - 405 for a method other than POST
    # - 408 for a body that did not arrive in full, or that was read before the middleware: the service repeats the
    #   delivery. The middleware notices a partly read body only if the request announced its length
    #   (Content-Length); otherwise the body looks like a forgery, and is answered as one
    # - 413 for a body over `body_limit`: raise the limit. The service does not repeat the delivery
    # - `mismatch_status`, 401 by default, if no secret matches or the time is too far off
    # - 401 in all other cases
    #
    # The signature covers the body and the delivery id. It covers neither the method nor the path, nor the topic,
    # nor the event's id: base no decision on them that the body allows as well.
    #
    # @example config.ru
    #   map "/webhooks" do
    #     use Hookrail::Rack::VerifySignature, secrets: ENV.fetch("WEBHOOK_SECRET"), logger: Logger.new($stderr)
    #     run ->(env) { handle(env["hookrail.delivery"]); [204, {}, []] }
    #   end
    class VerifySignature
      # Where the application finds the {ReceivedDelivery}.
      ENV_KEY = "hookrail.delivery"

      # The largest body that is read by default: 16 MiB. The service accepts payloads of up to 256 KiB and delivers
      # them as its database stores them, up to 50 times as long (it spells out numbers such as 1e300). A delivery
      # over the limit is lost.
      DEFAULT_BODY_LIMIT = 16 * 1024 * 1024

      # The size of one read, and so the most memory that a request takes beyond the bytes that have arrived.
      CHUNK = 16 * 1024

      # The method that the service uses.
      DEFAULT_METHODS = ["POST"].freeze

      # @param app [#call]
      # @param secrets [String, Array<String>] the endpoint's secret; during a rotation also the old one
      # @param tolerance [Numeric] how many seconds a signature's time may be from now
      # @param body_limit [Integer] the largest body in bytes that is read
      # @param mismatch_status [Integer] the answer if no secret matches or the time is too far off, 400 to 599. After
      #   a 401 the service does not repeat the delivery, and on an ordered subscription holds back those that follow.
      #   Set 503 before you rotate a secret and while clocks are in doubt: then the service tries again
      # @param methods [Array<String>] the accepted methods. The signature does not cover the method, so with more of
      #   them a delivery can be sent again with another method
      # @param logger [#warn, nil] gets the reason of each refusal
      # @param now [#call, nil] a clock instead of the system's, for tests
      # @raise [InvalidArgumentError] when an argument cannot be used
      def initialize(app, secrets:, tolerance: Verifier::DEFAULT_TOLERANCE, body_limit: DEFAULT_BODY_LIMIT,
                     mismatch_status: 401, methods: DEFAULT_METHODS, logger: nil, now: nil)
        check(:app, app, :call)
        check(:logger, logger, :warn) unless logger.nil?
        check(:now, now, :call) unless now.nil?
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

      # Refuses at the start what would otherwise fail at the first request.
      def check(name, value, method)
        return if value.respond_to?(method)

        raise InvalidArgumentError, "#{name} must have the method #{method}; a #{value.class} has not"
      end

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
        # Every delivery has a body: if it is empty, something else has read it before.
        verification.announce(1) if body.empty? && content_length(env).nil?
        [body, verification.finish]
      ensure
        # There may be many refused requests: free their memory without waiting for the garbage collector.
        verification.release
      end

      # Ignores an invalid length: refusing it is up to the server.
      def content_length(env)
        length = env["CONTENT_LENGTH"].to_s
        length.to_i if length.match?(/\A[0-9]{1,18}\z/)
      end

      def read(input, verification)
        body = String.new(encoding: Encoding::BINARY)
        # In Rack 3 there may be no input, and it may be unable to rewind.
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
        # A pipe or a socket cannot rewind.
      end
    end
  end
end
