# frozen_string_literal: true

module Hookrail
  module Native
    # A place that a native function writes a handle to, and the owner of that handle.
    #
    # The place exists before the handle does. An exception may strike between any two steps in Ruby
    # (Timeout, Thread#kill, a signal), and it must find an owner that frees the handle.
    # @api private
    class Handle
      # @return [FFI::MemoryPointer] what the native function writes to
      attr_reader :out

      # @param type [Symbol] the type of the handle, as in `hookrail_<type>_free`
      def initialize(type)
        @out = FFI::MemoryPointer.new(:pointer)
        @reclaim = Reclaim.new(:"hookrail_#{type}_free", @out)
        ObjectSpace.define_finalizer(self, @reclaim)
      end

      # @param type [Symbol] the type of a handle that is made by `hookrail_<type>_new` without arguments
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

      # Frees the handle now. A second time does nothing.
      def release
        Thread.handle_interrupt(Object => :never) { @reclaim.call }
      end

      # Frees what is in a place. It must not refer to the owner, which would then never be collected.
      class Reclaim
        def initialize(free, place)
          @free = free
          @place = place
          # Array#pop is one step for threads: two that release at once cannot both have it.
          @right = [true]
        end

        def call(_object_id = nil)
          pointer = @place.read_pointer
          return if pointer.null? || @right.pop.nil?

          @place.write_pointer(nil)
          Native.public_send(@free, pointer)
        end
      end
      private_constant :Reclaim
    end
  end
end
