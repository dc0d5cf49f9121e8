# frozen_string_literal: true

module Hookrail
  module Native
    # The owner of a native handle, with the place that a native function writes the handle to.
    #
    # The owner exists before the handle. An exception may come between any two steps in Ruby (Timeout,
    # Thread#kill, a signal), and even then an owner has to free the handle.
    # @api private
    class Handle
      # @return [FFI::MemoryPointer] the place that the native function writes to
      attr_reader :out

      # @param type [Symbol] the type of the handle, as in `hookrail_<type>_free`
      def initialize(type)
        @out = FFI::MemoryPointer.new(:pointer)
        @finalizer = Finalizer.new(:"hookrail_#{type}_free", @out)
        ObjectSpace.define_finalizer(self, @finalizer)
      end

      # @param type [Symbol] the type of a handle that `hookrail_<type>_new` makes without arguments
      def self.make(type)
        handle = new(type)
        Thread.handle_interrupt(Object => :never) do
          handle.out.write_pointer(Native.public_send(:"hookrail_#{type}_new"))
        end
        handle
      end

      # @return [FFI::Pointer] the handle
      def pointer
        @out.read_pointer
      end

      # Frees the handle now. A second call does nothing.
      def release
        Thread.handle_interrupt(Object => :never) { @finalizer.call }
      end

      # Frees the handle in a place. It must not refer to the owner, which would then never be collected.
      class Finalizer
        def initialize(free, place)
          @free = free
          @place = place
          # Array#pop is atomic between threads: of two that release at once, one gets the element.
          @right = [true]
        end

        def call(_object_id = nil)
          pointer = @place.read_pointer
          return if pointer.null? || @right.pop.nil?

          @place.write_pointer(nil)
          Native.public_send(@free, pointer)
        end
      end
      private_constant :Finalizer
    end
  end
end
