# frozen_string_literal: true

module Hookrail
  module Native
    # The calls of a client to the service.
    # @api private
    class Calls
      # How many {Call}s are kept for later sends, at most.
      MAX_SPARES = 64
      private_constant :MAX_SPARES

      # @param client [Handle]
      def initialize(client)
        @client = client
        @fiber_waits = FiberWaits.new(client)
        # Array#pop and Array#push are atomic between threads.
        @spares = []
      end

      # @param arguments [Array] those of `hookrail_send_event` after the client, without the places
      # @return [Accepted]
      def send_event(*arguments)
        send(:hookrail_send_event_interruptible, :hookrail_call_send, arguments)
      end

      # @param arguments [Array] those of `hookrail_send_prepared` after the client, without the places
      # @return [Accepted]
      def send_prepared(*arguments)
        send(:hookrail_send_prepared_interruptible, :hookrail_call_send_prepared, arguments)
      end

      # @param arguments [Array] those of `hookrail_call_get_event` after the client, without the places
      # @return [EventStatus]
      def get_event(*arguments)
        call = Call.new(:hookrail_event_status_free)
        arguments.unshift(@client.pointer)
        EventStatus.from_native(call.run_in_background(:hookrail_call_get_event, arguments,
                                                       :hookrail_call_finish_get_event, @fiber_waits))
      ensure
        call&.release
      end

      private

      def send(run, start, arguments)
        call = @spares.pop || Call.new(:hookrail_accepted_free)
        arguments.unshift(@client.pointer)
        finish = :hookrail_call_finish_send
        pointer = if Fiber.current_scheduler
                    call.run_in_background(start, arguments, finish, @fiber_waits)
                  else
                    call.run(run, arguments, finish)
                  end
        Accepted.from_native(pointer)
      ensure
        if call
          call.release
          @spares.push(call) if @spares.size < MAX_SPARES
        end
      end
    end
  end
end
