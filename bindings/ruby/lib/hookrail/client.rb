# frozen_string_literal: true

require "json"
require_relative "payload"
require_relative "producer"
require_relative "submission"
require_relative "completions"

module Hookrail
  # A connection to a Hookrail service. Times are seconds.
  #
  # Threads may share a client, and should: it keeps the connections. A process made by fork may use its
  # parent's client; nothing has to be done for it. Every wait lets other threads run and can be
  # interrupted (Timeout, Thread#raise, Thread#kill, signals), and it is left to a fiber scheduler where
  # there is one.
  #
  # @example
  #   client = Hookrail::Client.new(api_key: "hk_...", base_url: "https://hooks.example.com")
  #   accepted = client.send_event("order.paid", { order_id: "o_1", amount: 42 })
  #   accepted.event_id
  class Client
    # Makes a client; with a block, yields it, closes it and returns what the block does.
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
    # @param settings [Hash] what differs from the defaults
    # @option settings [Float] :timeout (30.0) for a whole call, retries and the waits between them included
    # @option settings [Float] :connect_timeout (5.0) for looking up the name, connecting and TLS
    # @option settings [Float] :read_timeout (10.0) for each wait for a part of the answer
    # @option settings [Float] :write_timeout (10.0) for each wait until the service takes more
    # @option settings [Integer] :max_retries (3) how often a failed attempt is repeated; 10 outlast a restart of the
    #   service, 3 do not
    # @option settings [Float] :backoff (0.2) the base of the delays between attempts
    # @option settings [Float] :backoff_cap (10.0) their cap; at most the timeout
    # @option settings [Boolean] :respect_retry_after (true)
    # @option settings [Boolean] :require_https (false) refuse plain http, unless service and proxy are on this machine:
    #   over it the API key and the events can be read on their way. To be set in production
    # @option settings [Boolean] :require_base_url (false) refuse to take http://localhost:8080 where no base URL is
    #   given. To be set in production
    # @option settings [String] :ca_file certificate authorities to trust, too (PEM)
    # @option settings [String] :ca_pem the same as text
    # @option settings [Symbol] :tls_roots (:platform) or :extra_only, to trust no others
    # @option settings [String, false] :proxy the proxy's URL, or false for none; by default the environment decides
    # @option settings [Integer] :idle_connections (64) how many are kept for reuse
    # @option settings [Float] :max_connection_age (300) how long a connection is used before another replaces it, so
    #   that the client follows a name that leads to another address; each one's is up to a fifth less; 0 for no limit
    # @option settings [Integer] :payload_limit (262144) in bytes; 0 for none
    # @option settings [String] :user_agent_suffix for example "shop/2.1"
    # @option settings [Integer] :queue_max_events (10000) how many submitted events may wait
    # @option settings [Integer] :queue_max_bytes (64 MiB) how large they may be together
    # @option settings [Integer] :workers (4) how many threads send what is submitted
    # @option settings [Float] :delivery_timeout the time of a submitted event
    # @raise [ConfigurationError] when the client cannot be set up like that
    # @raise [InvalidArgumentError] when a setting is not of its kind
    def initialize(api_key: nil, base_url: nil, **settings)
      options = Native::Options.client(settings)
      key = api_key.nil? ? [nil, 0] : Native.byte_arguments(api_key, :api_key)
      url = base_url.nil? ? [nil, 0] : Native.text_arguments(base_url, :base_url)
      @handle = Native::Handle.new(:client)
      Native.call(:hookrail_client_new, *key, *url, options.pointer, @handle.out)
      @producer = Producer.new(@handle)
    ensure
      options&.release
    end

    # Sends one event and waits until the service has recorded it.
    #
    # @param topic [String]
    # @param payload [Hash, Array, String] a String is JSON, and its bytes go out as they are. Refused, with the
    #   byte offset, are more than 512 levels of arrays and objects inside each other (100 in a Hash or an
    #   Array), and what the service can never store: U+0000 in a string, half a surrogate pair, a number of
    #   10^131072 or more or with more than 16383 decimal places
    # @param idempotency_key [String, nil] sent again with the same key and the same bytes, an event is not
    #   recorded a second time; nil for a random one. 1 to 255 visible ASCII characters, with spaces inside
    #   but not at the ends
    # @param ordering_key [String, nil] events with the same one are delivered in order. 1 to 256 visible
    #   ASCII characters, with spaces inside but not at the ends
    # @param timeout [Float, nil] for the whole call, in place of the client's
    # @return [Accepted]
    # @raise [Error] with its outcome and the idempotency key
    def send_event(topic, payload, idempotency_key: nil, ordering_key: nil, timeout: nil)
      options = send_options(idempotency_key, ordering_key, timeout)
      run_send(:hookrail_call_send, *event(topic, payload), options&.pointer)
    ensure
      options&.release
    end

    # Asks what became of an event.
    #
    # @param event_id [String]
    # @param timeout [Float, nil] for the whole call, in place of the client's
    # @return [EventStatus]
    # @raise [NotFoundError] there is no such event; a service whose database is away answers 401 or 500 instead
    # @raise [Error]
    def get_event(event_id, timeout: nil)
      Native::Call.run(:hookrail_call_get_event, @handle.pointer, *Native.text_arguments(event_id, :event_id),
                       optional_milliseconds(timeout), finish: :hookrail_call_finish_get_event,
                                                       result: :event_status) do |pointer|
        EventStatus.from_native(pointer)
      end
    end

    # Checks an event and fixes its key and its bytes, without sending it.
    #
    # @param (see #send_event)
    # @return [PreparedEvent]
    # @raise [InvalidArgumentError, PayloadTooLargeError]
    def prepare_event(topic, payload, idempotency_key: nil, ordering_key: nil)
      options = send_options(idempotency_key, ordering_key, nil)
      prepared = Native::Handle.new(:prepared)
      Native.call(:hookrail_event_prepare, @handle.pointer, *event(topic, payload), options&.pointer, prepared.out)
      PreparedEvent.from_native(prepared.pointer)
    ensure
      prepared&.release
      options&.release
    end

    # Sends a prepared event. However often and by whomever: the service records it once, as long as it
    # remembers the idempotency key.
    #
    # @param prepared [PreparedEvent, String] the event, or its blob
    # @param timeout [Float, nil] for the whole call, in place of the client's
    # @return [Accepted]
    # @raise [DamagedBlobError, Error]
    def send_prepared(prepared, timeout: nil)
      run_send(:hookrail_call_send_prepared, *blob(prepared), not_sent { optional_milliseconds(timeout) })
    end

    # Queues an event for the client's own threads to send.
    #
    # @param (see #send_event)
    # @param wait [Float, nil] how many seconds to wait for room in the queue; nil: not at all
    # @return [Submission] from which the result is to be had
    # @raise [QueueFullError, ClosedError, InvalidArgumentError, PayloadTooLargeError] nothing was queued then
    def submit(topic, payload, idempotency_key: nil, ordering_key: nil, timeout: nil, wait: nil)
      options = send_options(idempotency_key, ordering_key, timeout)
      arguments = [*event(topic, payload), options&.pointer]
      @producer.submit(:hookrail_submit_event, arguments, wait)
    ensure
      options&.release
    end

    # Queues a prepared event.
    #
    # @param prepared [PreparedEvent, String] the event, or its blob
    # @param timeout [Float, nil] its time
    # @param wait [Float, nil] how many seconds to wait for room in the queue; nil: not at all
    # @return [Submission]
    # @raise [DamagedBlobError, QueueFullError, ClosedError]
    def submit_prepared(prepared, timeout: nil, wait: nil)
      @producer.submit(:hookrail_submit_prepared, [*blob(prepared), optional_milliseconds(timeout)], wait)
    end

    # The submissions as they finish, but for those that {Submission#wait} has come across before. Whoever
    # calls this takes their collection over: from then on {Submission#wait} relies on somebody going through
    # the completions.
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

    # Gives submitted events up; each of them finishes with a {CancelledError}.
    #
    # @param queued [Boolean] those that wait
    # @param in_flight [Boolean] those on their way, too
    # @return [Integer] how many that were
    def purge(queued: true, in_flight: false)
      @producer.purge((queued ? 1 : 0) | (in_flight ? 2 : 0))
    end

    # @return [Hash{Symbol => Integer}] how many submitted events are `:queued` and `:in_flight`, and how many
    #   `:completions` were not collected
    def pending
      @producer.pending
    end

    # The client's counters. All of them only grow, and a forked process counts from 0.
    #
    # @return [Hash{Symbol => Object}]
    def stats
      json = Native.read_buffer(1024) { |buffer| Native.call(:hookrail_client_stats, @handle.pointer, *buffer) }
      JSON.parse(json, symbolize_names: true)
    end

    # Closes the client: what was submitted is sent for up to the timeout, and the rest given up. A second
    # time does nothing.
    #
    # @param timeout [Float, nil] nil waits as long as the events have time
    # @return [Integer] how many submitted events were given up
    def close(timeout: nil)
      @producer.close(timeout)
    end

    private

    def run_send(start, *arguments)
      Native::Call.run(start, @handle.pointer, *arguments, finish: :hookrail_call_finish_send,
                                                           result: :accepted) do |pointer|
        Accepted.from_native(pointer)
      end
    end

    def event(topic, payload)
      not_sent { [*Native.text_arguments(topic, :topic), *Native.text_arguments(Payload.json(payload), :payload)] }
    end

    def blob(prepared)
      not_sent { Native.byte_arguments(prepared.is_a?(PreparedEvent) ? prepared.blob : prepared, :prepared) }
    end

    def send_options(idempotency_key, ordering_key, timeout)
      not_sent { Native::Options.send_event(idempotency_key:, ordering_key:, timeout:) }
    end

    # Arguments that are refused before the library hears of the event say as much as its own errors.
    def not_sent
      yield
    rescue InvalidArgumentError => e
      raise InvalidArgumentError.new(e.message, details: { outcome: :not_sent }), cause: e.cause
    end

    # The library takes 0 for the client's own timeout.
    def optional_milliseconds(timeout)
      timeout.nil? ? 0 : Native.milliseconds(timeout, :timeout)
    end
  end
end
