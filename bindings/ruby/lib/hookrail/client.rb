# frozen_string_literal: true

require "json"
require "securerandom"
require_relative "payload"
require_relative "instrumentation"
require_relative "producer"
require_relative "submission"
require_relative "completions"

module Hookrail
  # A connection to a Hookrail service. Times are seconds.
  #
  # Threads may share a client, and should: it keeps the connections. A process made by fork may use its
  # parent's client without further steps. Every wait lets other threads run and can be interrupted
  # (Timeout, Thread#raise, Thread#kill, signals). Under a fiber scheduler the scheduler does the waiting.
  #
  # @example
  #   client = Hookrail::Client.new(api_key: "hk_...", base_url: "https://hooks.example.com")
  #   accepted = client.send_event("order.paid", { order_id: "o_1", amount: 42 })
  #   accepted.event_id
  class Client
    # Makes a client. With a block, yields it, closes it and returns the block's result.
    #
    # @see #initialize
    def self.new(**settings)
      client = super(**settings, &nil)
      return client unless block_given?

      begin
        yield client
      ensure
        client.close
      end
    end

    # @param api_key [String, nil] the producer key; nil: the environment variable HOOKRAIL_API_KEY
    # @param base_url [String, nil] where the service is; nil: HOOKRAIL_BASE_URL, else http://localhost:8080
    # @param on_error [#call, nil] the background error handler: called with each {Submission} that fails, in a thread
    #   of its own, without further steps of the program. An exception from it goes to the standard error. In a process
    #   made by fork it is called for the events that this process submits. {#close} waits until it has run for all
    #   failures. Without it, and without {#completions} or {Submission#wait}, failures stay unnoticed
    # @param logger [Logger, nil] gets a line for each success (debug), each repeated attempt (warn) and each failure
    #   (error; warn if the caller can make the same call again), with topic and key, and without payload and headers.
    #   For submitted events a thread collects the results
    # @param settings [Hash] the settings that differ from the defaults
    # @option settings [Float] :timeout (30.0) for a whole call, including retries and the waits between them
    # @option settings [Float] :connect_timeout (5.0) for looking up the name, connecting and TLS
    # @option settings [Float] :read_timeout (10.0) for each wait for a part of the answer
    # @option settings [Float] :write_timeout (10.0) for each wait until the service takes more
    # @option settings [Integer] :max_retries (3) how often a failed attempt is repeated; 10 outlast a restart of the
    #   service, 3 do not
    # @option settings [Float] :backoff (0.2) the base of the delays between attempts
    # @option settings [Float] :backoff_cap (10.0) their cap; at most the timeout
    # @option settings [Boolean] :respect_retry_after (true)
    # @option settings [Boolean] :require_https (false) refuse plain http, unless service and proxy are on this machine:
    #   it lets others on the network read the API key and the events. Set it in production
    # @option settings [Boolean] :require_base_url (false) refuse to use http://localhost:8080 for a missing base URL.
    #   Set it in production
    # @option settings [String] :ca_file additional certificate authorities to trust (PEM)
    # @option settings [String] :ca_pem the same as text
    # @option settings [Symbol] :tls_roots (:platform) or :extra_only, to trust no others
    # @option settings [String, Pathname, OpenSSL::X509::Certificate, Array<OpenSSL::X509::Certificate>]
    #   :client_certificate the client's own certificate for services that demand one (mutual TLS), with its
    #   intermediates behind it: the path of a PEM file, text in PEM, or OpenSSL's objects
    # @option settings [String, Pathname, OpenSSL::PKey::PKey] :client_key its private key, in the same forms; not
    #   needed if the key is in the same file or text
    # @option settings [String, false] :proxy the proxy's URL, or false for none; by default the environment decides
    # @option settings [String, Pathname] :unix_socket the absolute path of the socket at which the service listens.
    #   `unix:/path` as the base URL means `http://localhost` over this socket
    # @option settings [Hash{String, Symbol => String}] :headers added to each request, for example for a gateway in
    #   front of the service; up to 32. The values appear in no error. Headers of the protocol and of the connection
    #   are refused
    # @option settings [Integer] :idle_connections (64) how many connections the pool keeps for reuse
    # @option settings [Float] :max_connection_age (300) how long a connection is used before another replaces it, so
    #   that the client notices when a name resolves to another address; the age of each connection is up to a fifth
    #   less; 0 for no limit
    # @option settings [Integer] :payload_limit (262144) in bytes; 0 for none
    # @option settings [String] :user_agent_suffix for example "shop/2.1"
    # @option settings [Integer] :queue_max_events (10000) how many submitted events may wait
    # @option settings [Integer] :queue_max_bytes (64 MiB) how large they may be together
    # @option settings [Integer] :workers (64) how many submitted events are being sent at once at most; 1 to 4096
    # @option settings [Float] :delivery_timeout (120.0) the time budget of a submitted event
    # @raise [ConfigurationError] when the client cannot be set up with these settings
    # @raise [InvalidArgumentError] when a setting has the wrong type or is out of range
    #
    # @example Report what could not be sent in the background
    #   client = Hookrail::Client.new(on_error: lambda { |submission|
    #     logger.error("#{submission.topic} #{submission.idempotency_key}: #{submission.error.message}")
    #   })
    def initialize(api_key: nil, base_url: nil, on_error: nil, logger: nil, **settings)
      options = Native::Options.client(settings)
      key = api_key.nil? ? [nil, 0] : Native.byte_arguments(api_key, :api_key)
      url = base_url.nil? ? [nil, 0] : Native.text_arguments(base_url, :base_url)
      @handle = Native::Handle.new(:client)
      Native.call(:hookrail_client_new, *key, *url, options.pointer, @handle.out)
      @send_options = Native::SendOptions.new
      @calls = Native::Calls.new(@handle)
      @instrumentation = Instrumentation.new(logger)
      @producer = Producer.new(Native::Queue.new(@handle), @instrumentation, on_error)
    ensure
      options&.release
    end

    # Sends one event and waits until the service has recorded it.
    #
    # @param topic [String]
    # @param payload [Hash, Array, String, #as_json] a String is JSON, and its bytes are sent unchanged. In a Hash or an
    #   Array, objects with `as_json` are written as that says (with Active Support all objects have it); the client
    #   refuses all others, such as a Time, with the path to the value. It also refuses,
    #   with the byte offset, arrays and objects nested more than 512 levels deep (100 in a Hash or an Array), and
    #   what the service can never store: U+0000 in a string, half a surrogate pair, a number of 10^131072 or more
    #   or with more than 16383 decimal places
    # @param idempotency_key [String, nil] an event that is sent again with the same key and the same bytes is not
    #   recorded a second time; nil for a random key. 1 to 255 visible ASCII characters, with spaces inside but
    #   not at the ends
    # @param ordering_key [String, nil] events with the same key are delivered in order. 1 to 256 visible
    #   ASCII characters, with spaces inside but not at the ends
    # @param headers [Hash{String, Symbol => String}, nil] added to the request, in place of the client's headers of the
    #   same names; one whose value is nil is left out
    # @param timeout [Float, nil] for the whole call, instead of the client's timeout
    # @return [Accepted]
    # @raise [Error] with its outcome and the idempotency key
    def send_event(topic, payload, idempotency_key: nil, ordering_key: nil, headers: nil, timeout: nil)
      @send_options.use(idempotency_key:, ordering_key:, headers:, timeout:) do |options|
        arguments = [*event(topic, payload), options]
        @instrumentation.call("send_event.hookrail", topic:, idempotency_key:, ordering_key:, prepared: false) do
          @calls.send_event(*arguments)
        end
      end
    end

    # Asks the service for the status of an event.
    #
    # @param event_id [String]
    # @param timeout [Float, nil] for the whole call, instead of the client's timeout
    # @return [EventStatus]
    # @raise [NotFoundError] there is no such event; a service without its database answers 401 or 500 instead
    # @raise [Error]
    def get_event(event_id, timeout: nil)
      arguments = [*Native.text_arguments(event_id, :event_id), optional_milliseconds(timeout)]
      @instrumentation.call("get_event.hookrail", event_id:) { @calls.get_event(*arguments) }
    end

    # Checks an event and fixes its key and its bytes, without sending it.
    #
    # @param (see #send_event)
    # @return [PreparedEvent]
    # @raise [InvalidArgumentError, PayloadTooLargeError]
    def prepare_event(topic, payload, idempotency_key: nil, ordering_key: nil, headers: nil)
      prepared = Native::Handle.new(:prepared)
      @send_options.use(idempotency_key:, ordering_key:, headers:) do |options|
        Native.call(:hookrail_event_prepare, @handle.pointer, *event(topic, payload), options, prepared.out)
      end
      PreparedEvent.from_native(prepared.pointer)
    ensure
      prepared&.release
    end

    # Sends a prepared event. Any process may send it any number of times: the service records it once, as long
    # as it remembers the idempotency key.
    #
    # @param prepared [PreparedEvent, String] the event, or its blob
    # @param timeout [Float, nil] for the whole call, instead of the client's timeout
    # @return [Accepted]
    # @raise [DamagedBlobError, Error]
    def send_prepared(prepared, timeout: nil)
      bytes, length = blob(prepared)
      milliseconds = Native.not_sent { optional_milliseconds(timeout) }
      @instrumentation.call("send_event.hookrail", **Native::Blob.new(bytes).names, prepared: true) do
        @calls.send_prepared(bytes, length, milliseconds)
      end
    end

    # Queues an event for the client's own threads to send.
    #
    # @param (see #send_event)
    # @param tag [Object, nil] anything of the program's, for {Submission#tag}
    # @param wait [Float, nil] how many seconds to wait for room in the queue; nil: not at all
    # @return [Submission] gives the result
    # @raise [QueueFullError, ClosedError, InvalidArgumentError, PayloadTooLargeError] the event was not queued
    def submit(topic, payload, idempotency_key: nil, ordering_key: nil, headers: nil, timeout: nil, tag: nil, wait: nil)
      # Made here, so that the submission knows it at once.
      idempotency_key = SecureRandom.uuid if idempotency_key.nil?
      @send_options.use(idempotency_key:, ordering_key:, headers:, timeout:) do |options|
        arguments = [*event(topic, payload), options]
        names = { topic:, idempotency_key:, ordering_key: }.transform_values { |text| Native.kept_text(text) }
        @producer.submit(:hookrail_submit_event, arguments, wait, tag:, **names)
      end
    end

    # Queues a prepared event.
    #
    # @param prepared [PreparedEvent, String] the event, or its blob
    # @param timeout [Float, nil] the event's time budget, instead of the client's delivery_timeout
    # @param tag [Object, nil] anything of the program's, for {Submission#tag}
    # @param wait [Float, nil] how many seconds to wait for room in the queue; nil: not at all
    # @return [Submission]
    # @raise [DamagedBlobError, QueueFullError, ClosedError]
    def submit_prepared(prepared, timeout: nil, tag: nil, wait: nil)
      bytes, length = blob(prepared)
      arguments = [bytes, length, Native.not_sent { optional_milliseconds(timeout) }]
      @producer.submit(:hookrail_submit_prepared, arguments, wait, tag:, **Native::Blob.new(bytes).names)
    end

    # Returns the submissions as they finish, except those that an earlier {Submission#wait} has collected. After
    # this call only the program collects results, by going through the completions: {Submission#wait} returns
    # when another thread has taken the submission from there.
    #
    # @return [Completions]
    def completions
      @producer.completions
    end

    # Waits until no submitted event is queued or in flight.
    #
    # @param timeout [Float, nil] nil waits without end
    # @return [Integer] how many events are still queued or in flight
    def flush(timeout: nil)
      @producer.flush(timeout)
    end

    # Cancels submitted events; each of them finishes with a {CancelledError}.
    #
    # @param queued [Boolean] whether to cancel events that wait in the queue
    # @param in_flight [Boolean] whether to cancel events that are being sent
    # @return [Integer] the number of cancelled events
    def purge(queued: true, in_flight: false)
      @producer.purge(queued:, in_flight:)
    end

    # @return [Hash{Symbol => Integer}] how many submitted events are `:queued` and `:in_flight`, and how many
    #   `:completions` wait to be collected
    def pending
      @producer.pending
    end

    # The client's counters, and how long attempts took (`:attempt_duration`: cumulative counts by upper bounds in
    # seconds, their sum and their number). All of them only grow, and a forked process counts from 0.
    #
    # @return [Hash{Symbol => Object}]
    def stats
      JSON.parse(counters(:hookrail_client_stats), symbolize_names: true)
    end

    # The same counters, and the events in the queue, in the text format of Prometheus.
    #
    # @return [String]
    #
    # @example A Rack application for Prometheus
    #   map("/metrics") { run ->(_) { [200, { "content-type" => "text/plain; version=0.0.4" }, [client.metrics]] } }
    def metrics
      counters(:hookrail_client_metrics)
    end

    # Closes the client: submitted events are sent for up to the timeout, then the rest is cancelled. A second
    # call does nothing. If the client has an `on_error`, this returns once it has run for all failures, at most a
    # second after the timeout.
    #
    # @param timeout [Float, nil] nil waits until each event is sent or has used up its time budget
    # @return [Integer] the number of cancelled events
    def close(timeout: nil)
      @producer.close(timeout)
    end

    # @return [String] its class: settings may be secret
    def inspect
      "#<#{self.class}>"
    end

    # For loggers that write JSON: Active Support would write all objects that the client holds.
    #
    # @return [String] as {#inspect}
    def as_json(*)
      inspect
    end

    private

    def counters(function)
      Native.read_buffer(8192) { |buffer| Native.call(function, @handle.pointer, *buffer) }
    end

    def event(topic, payload)
      Native.not_sent do
        [*Native.text_arguments(topic, :topic), *Native.text_arguments(Payload.json(payload), :payload)]
      end
    end

    def blob(prepared)
      Native.not_sent { Native.byte_arguments(prepared.is_a?(PreparedEvent) ? prepared.blob : prepared, :prepared) }
    end

    # To the library 0 means the client's own timeout.
    def optional_milliseconds(timeout)
      timeout.nil? ? 0 : Native.milliseconds(timeout, :timeout)
    end
  end
end
