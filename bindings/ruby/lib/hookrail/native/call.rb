# frozen_string_literal: true

require "io/wait"

module Hookrail
  module Native
    # A call that runs beside the caller's thread, which waits for it as Ruby waits for a socket.
    #
    # So the wait lets other threads run, is ended by Timeout, Thread#raise, Thread#kill and signals, and
    # is left to a fiber scheduler where there is one. When an exception passes, the call is given up:
    # it has a connection of its own, and nothing of its answer can reach the next call.
    # @api private
    class Call
      # @param start [Symbol] the function that starts the call
      # @param arguments [Array] its arguments but for the last two
      # @param finish [Symbol] the function that takes the result
      # @param result [Symbol] the type of the result
      # @yieldparam pointer [FFI::Pointer] the result, which lives as long as the block runs
      def self.run(start, *arguments, finish:, result:)
        call = new
        outcome = Handle.new(result)
        call.start(start, arguments)
        call.wait
        call.finish(finish, outcome)
        yield outcome.pointer
      ensure
        # A second interrupt must not keep the call going.
        Thread.handle_interrupt(Object => :never) do
          call&.release
          outcome&.release
        end
      end

      def initialize
        @handle = Handle.new(:call)
      end

      def start(function, arguments)
        Native.call(function, *arguments, @handle.out)
      end

      def wait
        io = IO.for_fd(Native.hookrail_call_fd(@handle.pointer), autoclose: false)
        io.wait_readable
      end

      def finish(function, outcome)
        Native.call(function, @handle.pointer, outcome.out)
      end

      # Frees the call; one that is not done is given up.
      def release
        @handle.release
      end
    end
  end
end
