# frozen_string_literal: true

require "io/wait"

module Hookrail
  module Native
    # A background call: a thread of the library makes it while the caller's thread waits for it.
    #
    # The wait lets other threads run, and Timeout, Thread#raise, Thread#kill and signals end it. Under a fiber
    # scheduler the scheduler does the waiting. An exception cancels the call: the call has a connection of its
    # own, so a later call can never see its answer.
    #
    # Its places are one piece of memory, allocated before the library writes to it, because an exception may come
    # between any two steps in Ruby. They are passed as addresses, which takes less time than pointer objects.
    # @api private
    class BackgroundCall
      CALL = 0
      RESULT = FFI::Pointer.size
      ERROR = 2 * FFI::Pointer.size
      SIZE = 3 * FFI::Pointer.size

      # The library returns this status when a signal has ended a wait.
      INTERRUPTED = Statuses.code_for(InterruptedError)

      # A second interrupt must not prevent the release of the call.
      UNINTERRUPTED = { Object => :never }.freeze
      private_constant :CALL, :RESULT, :ERROR, :SIZE, :INTERRUPTED, :UNINTERRUPTED

      # @param start [Symbol] the function that starts the call
      # @param arguments [Array] its arguments without the last two
      # @param finish [Symbol] the function that returns the result
      # @param result [Symbol] the type of the result
      # @yieldparam pointer [FFI::Pointer] the result, which is valid while the block runs
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
        @finalizer = Finalizer.new(@places, free_result)
        ObjectSpace.define_finalizer(self, @finalizer)
      end

      def start(function, arguments)
        check(Native.public_send(function, *arguments, @address + CALL, @address + ERROR))
        @call = @places.get_pointer(CALL)
      end

      def wait
        if Fiber.current_scheduler
          descriptor = Native.hookrail_call_fd(@call)
          done = IO.for_fd(descriptor, autoclose: false) unless descriptor.negative?
          # A scheduler may return early, and taking the result too early would block all fibers of the thread.
          until Native.hookrail_call_wait(@call, 0, nil).zero?
            # Without a descriptor the call goes on all the same; it may have sent its event.
            done ? done.wait_readable : sleep(0.01)
          end
        else
          # After a signal handler has returned, the wait continues.
          nil while Native.hookrail_call_wait(@call, -1, nil) == INTERRUPTED
        end
      end

      # @return [FFI::Pointer] the result, which the call still owns
      def finish(function)
        check(Native.public_send(function, @call, @address + RESULT, @address + ERROR))
        @places.get_pointer(RESULT)
      end

      # Frees the call and its result; a call that is not done is cancelled.
      def release
        @finalizer.call
      end

      private

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
      private_constant :Finalizer
    end
  end
end
