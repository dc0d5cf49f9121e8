# frozen_string_literal: true

module Hookrail
  module Native
    # The options of sends.
    # @api private
    class SendOptions
      # How many handles are kept for later sends, at most.
      MAX_SPARES = 64
      KEY_ONLY = [:idempotency_key].freeze
      private_constant :MAX_SPARES, :KEY_ONLY

      def initialize
        # Array#pop and Array#push are atomic between threads.
        @spares = []
      end

      # Yields options, which are valid while the block runs; nil for the defaults.
      #
      # @param given [Hash{Symbol => Object}] `idempotency_key`, `ordering_key`, `headers` and `timeout`
      # @yieldparam options [FFI::Pointer, nil]
      # @raise [InvalidArgumentError] with the outcome `:not_sent`
      def use(**given)
        given.compact!
        return yield(nil) if given.empty?

        # Making a handle takes longer than a submit. One that has a key only gets the next key.
        spares = @spares if given.keys == KEY_ONLY
        handle = spares&.pop || Handle.make(:send_options)
        Native.not_sent { fill(handle, **given) }
        yield handle.pointer
      ensure
        give_back(handle, spares) if handle
      end

      private

      def give_back(handle, spares)
        spares && spares.size < MAX_SPARES ? spares.push(handle) : handle.release
      end

      def fill(handle, headers: nil, timeout: nil, **keys)
        keys.each do |name, key|
          Native.call(:"hookrail_send_options_set_#{name}", handle.pointer, *Native.text_arguments(key, name))
        end
        Options.add_headers(handle, :hookrail_send_options_add_header, headers)
        return if timeout.nil?

        milliseconds = Native.milliseconds(timeout, :timeout)
        Native.call(:hookrail_send_options_set_timeout_ms, handle.pointer, milliseconds)
      end
    end
  end
end
