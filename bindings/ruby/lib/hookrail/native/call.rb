# frozen_string_literal: true

module Hookrail
  module Native
    # A call to the service, and its places for the library's results.
    #
    # A send runs in the caller's thread until a signal comes, and then in the background. A request for a status, and
    # each call under a fiber scheduler, runs in the background from the start. The wait lets other threads run, and
    # Timeout, Thread#raise, Thread#kill and signals end it. An exception cancels the call: the call has a connection of
    # its own, so a later call can never see its answer.
    #
    # The places are one piece of memory, allocated before the library writes to it, because an exception may come
    # between any two steps in Ruby. They are passed as addresses, which takes less time than pointer objects.
    # @api private
    class Call
      CALL = 0
      RESULT = FFI::Pointer.size
      ERROR = 2 * FFI::Pointer.size
      SIZE = 3 * FFI::Pointer.size

      # The library returns this status when a signal has ended a wait.
      INTERRUPTED = Statuses.code_for(InterruptedError)

      # A second interrupt must not prevent the release of the call.
      UNINTERRUPTED = { Object => :never }.freeze
      private_constant :CALL, :RESULT, :ERROR, :SIZE, :INTERRUPTED, :UNINTERRUPTED

      # @param free_result [Symbol] the function that frees the result
      def initialize(free_result)
        @places = FFI::MemoryPointer.new(SIZE)
        @address = @places.address
        @finalizer = Finalizer.new(@places, free_result)
        ObjectSpace.define_finalizer(self, @finalizer)
      end

      # Makes a call in this thread until a signal comes, and in the background from then on.
      #
      # @param function [Symbol] the function that makes the call
      # @param arguments [Array] its arguments without the last three
      # @param finish [Symbol] the function that returns the result of a call in the background
      # @return [FFI::Pointer] the result, which is valid until the release
      def run(function, arguments, finish)
        code = Native.public_send(function, *arguments, @address + RESULT, @address + CALL, @address + ERROR)
        if code == INTERRUPTED
          @finalizer.free_error
          wait
          return result(finish)
        end
        check(code)
        @places.get_pointer(RESULT)
      end

      # Makes a call in the background.
      #
      # @param start [Symbol] the function that starts the call
      # @param arguments [Array] its arguments without the last two
      # @param finish [Symbol] the function that returns the result
      # @param fiber_waits [FiberWaits] the waits of fibers under a scheduler
      # @return [FFI::Pointer] the result, which is valid until the release
      def run_in_background(start, arguments, finish, fiber_waits)
        check(Native.public_send(start, *arguments, @address + CALL, @address + ERROR))
        Fiber.current_scheduler ? fiber_waits.wait(background) : wait
        result(finish)
      end

      # Frees the call and its results, after which it can be used again. A call that is not done is cancelled.
      def release
        Thread.handle_interrupt(UNINTERRUPTED) { @finalizer.call }
      end

      private

      # After a signal handler has returned, the wait continues.
      def wait
        nil while Native.hookrail_call_wait(background, -1, nil) == INTERRUPTED
      end

      # @return [FFI::Pointer] the result of the call in the background
      def result(finish)
        check(Native.public_send(finish, background, @address + RESULT, @address + ERROR))
        @places.get_pointer(RESULT)
      end

      # @return [FFI::Pointer] the call in the background
      def background
        @places.get_pointer(CALL)
      end

      def check(code)
        Native.throw_error(Native.error(@places.get_pointer(ERROR), code)) unless code.zero?
      end

      # Frees the contents of the places. It must not refer to the call, which would then never be collected.
      class Finalizer
        def initialize(places, free_result)
          @places = places
          @free_result = free_result
        end

        def call(_object_id = nil)
          free_error
          free(RESULT, @free_result)
          free(CALL, :hookrail_call_free)
        end

        def free_error
          free(ERROR, :hookrail_error_free)
        end

        private

        def free(place, function)
          pointer = @places.get_pointer(place)
          return if pointer.null?

          @places.put_pointer(place, nil)
          Native.public_send(function, pointer)
        end
      end
      private_constant :Finalizer
    end
  end
end
