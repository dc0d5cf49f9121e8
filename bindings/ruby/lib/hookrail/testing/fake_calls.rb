# frozen_string_literal: true

module Hookrail
  module Testing
    # Takes the place of {Native::Calls}. The library checks the arguments, with a client that is closed: it refuses
    # what it always refuses, and says of everything else that the client is closed.
    # @api private
    class FakeCalls
      # @param handle [Native::Handle] a closed client
      # @param service [FakeService]
      # @param headers [Hash{String, Symbol => String}] those of the client
      def initialize(handle, service, headers)
        @handle = handle
        @service = service
        @headers = headers.to_hash.compact.transform_keys { |name| name.to_s.downcase }
        @closed_calls = Native::Calls.new(handle)
        @closed = false
      end

      def close
        @closed = true
      end

      # @param arguments [Array] as for {Native::Calls#send_event}
      # @return [Accepted]
      def send_event(*arguments)
        @service.record(if_open(event(*arguments)))
      end

      # @param arguments [Array] as for {Native::Calls#send_prepared}
      # @return [Accepted]
      def send_prepared(*arguments)
        @service.record(if_open(prepared_event(*arguments)))
      end

      # @param arguments [Array] as for {Native::Calls#get_event}
      # @return [EventStatus]
      def get_event(*arguments)
        check { @closed_calls.get_event(*arguments) }
        raise ClosedError.new(outcome: nil) if @closed

        @service.status(Native.kept_text(arguments.first))
      end

      # @return [RecordedEvent] an event that the library would send
      def event(*arguments, submitted: false)
        prepared = Native::Handle.new(:prepared)
        Native.call(:hookrail_event_prepare, @handle.pointer, *arguments, prepared.out)
        recorded(PreparedEvent.from_native(prepared.pointer).blob, submitted)
      ensure
        prepared&.release
      end

      # @return [RecordedEvent] a prepared event that the library would send
      def prepared_event(*arguments, submitted: false)
        check { @closed_calls.send_prepared(*arguments) }
        recorded(arguments.first, submitted)
      end

      # @return [RecordedEvent] the event
      # @raise [ClosedError]
      def if_open(event)
        raise ClosedError.new(idempotency_key: event.idempotency_key) if @closed

        event
      end

      private

      def check
        yield
      rescue ClosedError
        # The arguments are acceptable.
      end

      def recorded(blob, submitted)
        blob = Native::Blob.new(blob)
        headers = @headers.merge(blob.headers).freeze
        RecordedEvent.new(**blob.names, json: blob.json, headers:, submitted:, event_id: nil, error: nil)
      end
    end
  end
end
