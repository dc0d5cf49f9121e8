# frozen_string_literal: true

require "io/wait"

module Hookrail
  module Native
    # A call that runs beside the caller's thread, which waits for it.
    #
    # The wait lets other threads run, is ended by Timeout, Thread#raise, Thread#kill and signals, and is left
    # to a fiber scheduler where there is one. When an exception passes, the call is given up: it has a
    # connection of its own, and nothing of its answer can reach the next call.
    #
    # Its places are one piece of memory, which exists before what they hold, for an exception may strike
    # between any two steps in Ruby. They are passed by their addresses: pointer objects would take longer.
    # @api private
    class Call
      CALL = 0
      RESULT = FFI::Pointer.size
      ERROR = 2 * FFI::Pointer.size
      SIZE = 3 * FFI::Pointer.size

      # What the library returns when a signal has ended a wait.
      INTERRUPTED = 105

      # A second interrupt must not keep the call going.
      UNINTERRUPTED = { Object => :never }.freeze
      private_constant :CALL, :RESULT, :ERROR, :SIZE, :INTERRUPTED, :UNINTERRUPTED

      # @param start [Symbol] the function that starts the call
      # @param arguments [Array] its arguments but for the last two
      # @param finish [Symbol] the function that takes the result
      # @param result [Symbol] the type of the result
      # @yieldparam pointer [FFI::Pointer] the result, which lives as long as the block runs
      def self.run(start, *arguments, finish:, result:)
        call = new(:"hookrail_#{result}_free")
        call.start(start, arguments)
        call.wait
        yield call.finish(finish)
      ensure
        Thread.handle_interrupt(UNINTERRUPTED) { call&.release }
      end

      # @param free_result [Symbol] the function that frees the result
      def initialize(free_result)
        @places = FFI::MemoryPointer.new(SIZE)
        @address = @places.address
        @reclaim = Reclaim.new(@places, free_result)
        ObjectSpace.define_finalizer(self, @reclaim)
      end

      def start(function, arguments)
        check(Native.public_send(function, *arguments, @address + CALL, @address + ERROR))
        @call = @places.get_pointer(CALL)
      end

      def wait
        if Fiber.current_scheduler
          done = IO.for_fd(Native.hookrail_call_fd(@call), autoclose: false)
          # Schedulers may return early, and whoever takes the result before it is there waits for all fibers.
          done.wait_readable until Native.hookrail_call_wait(@call, 0, nil).zero?
        else
          # Where a signal's handler returns, the wait goes on.
          nil while Native.hookrail_call_wait(@call, -1, nil) == INTERRUPTED
        end
      end

      # @return [FFI::Pointer] the result, which stays the call's
      def finish(function)
        check(Native.public_send(function, @call, @address + RESULT, @address + ERROR))
        @places.get_pointer(RESULT)
      end

      # Frees the call with its result; one that is not done is given up.
      def release
        @reclaim.call
      end

      private

      def check(code)
        Native.throw_error(Native.error(@places.get_pointer(ERROR), code)) unless code.zero?
      end

      # Frees what is in the places. It must not refer to the call, which would then never be collected.
      class Reclaim
        def initialize(places, free_result)
          @places = places
          @free_result = free_result
        end

        def call(_object_id = nil)
          free(ERROR, :hookrail_error_free)
          free(RESULT, @free_result)
          free(CALL, :hookrail_call_free)
        end

        private

        def free(place, function)
          pointer = @places.get_pointer(place)
          return if pointer.null?

          @places.put_pointer(place, nil)
          Native.public_send(function, pointer)
        end
      end
      private_constant :Reclaim
    end
  end
end
