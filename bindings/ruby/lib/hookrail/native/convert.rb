# frozen_string_literal: true

module Hookrail
  # Converts between values of Ruby and of the C ABI.
  # @api private
  module Native
    # The longest timeout that the library accepts.
    MAX_SECONDS = 86_400

    # The encodings of text that the library gets as it is.
    UNCHANGED = [Encoding::UTF_8, Encoding::US_ASCII, Encoding::BINARY].freeze

    # The range of the C type.
    INT64 = (-2**63..(2**63) - 1)

    class << self
      # @return [Integer] milliseconds for seconds; with +zero+ also 0 for 0
      # @raise [InvalidArgumentError]
      def milliseconds(seconds, name, zero: false)
        return 0 if zero && real?(seconds) && seconds.zero?

        unless real?(seconds) && seconds.positive? && seconds <= MAX_SECONDS
          raise InvalidArgumentError, "#{name} must be a number of seconds above 0 and at most #{MAX_SECONDS}, " \
                                      "not #{seconds.inspect}"
        end
        [(seconds * 1000).round, 1].max
      end

      # @return [Integer] an integer that fits into the C type
      # @raise [InvalidArgumentError]
      def integer(value, name, range)
        return value if value.is_a?(Integer) && range.cover?(value)

        raise InvalidArgumentError, "#{name} must be a whole number from #{range.begin} to #{range.end}, " \
                                    "not #{value.inspect}"
      end

      # @return [Integer] whole seconds of tolerance
      # @raise [InvalidArgumentError]
      def tolerance(value)
        return value.floor if real?(value) && INT64.cover?(value) && !value.negative?

        raise InvalidArgumentError, "tolerance must be a number of seconds from 0, not #{value.inspect}"
      end

      # @param time [Time, Numeric, nil] nil: the system's clock
      # @return [Integer] the time to judge by, for the library
      # @raise [InvalidArgumentError]
      def unix_time(time)
        return CLOCK if time.nil?

        seconds = timestamp(time, :now)
        return seconds unless seconds == CLOCK

        raise InvalidArgumentError, "now must not be #{CLOCK}, which stands for the system's clock"
      end

      # @param time [Time, Numeric]
      # @return [Integer] seconds since 1970
      # @raise [InvalidArgumentError]
      def timestamp(time, name = :timestamp)
        seconds = time.is_a?(Time) ? time.to_i : time
        return seconds.floor if real?(seconds) && INT64.cover?(seconds)

        raise InvalidArgumentError, "#{name} must be a Time, or a number of seconds since 1970 in 64 bits, " \
                                    "not #{time.inspect}"
      end

      # @return [Array(String, Integer)] text in UTF-8 and its length, as two arguments
      # @raise [InvalidArgumentError]
      def text_arguments(value, name)
        byte_arguments(utf8(value, name), name)
      end

      # @return [Array(String, Integer)] bytes of any encoding and their length, as two arguments
      # @raise [InvalidArgumentError]
      def byte_arguments(value, name)
        string = held_bytes(value, name)
        [string, string.bytesize]
      end

      # Protects bytes from changes by other threads while the library reads them; the copy shares the memory until
      # then.
      #
      # @return [String] bytes of any encoding; frozen, or a copy
      # @raise [InvalidArgumentError]
      def held_bytes(value, name)
        string = String.try_convert(value)
        raise InvalidArgumentError, "#{name} must be a String, not #{kind(value)}" unless string

        string.frozen? ? string : string.dup
      end

      # Converts text of another encoding to UTF-8. The library checks binary strings itself.
      def utf8(value, name)
        string = String.try_convert(value)
        raise InvalidArgumentError, "#{name} must be a String, not #{kind(value)}" unless string
        return string if UNCHANGED.include?(string.encoding)

        string.encode(Encoding::UTF_8)
      rescue EncodingError => e
        raise InvalidArgumentError, "#{name} cannot be written in UTF-8: #{e.message}"
      end

      # @param value [String, nil] text that the library has accepted
      # @return [String, nil] a copy of it that the program cannot change
      def kept_text(value)
        string(utf8(value, :text).dup) unless value.nil?
      end

      # @return [String, nil] a string from the library, marked as UTF-8
      def string(value)
        value&.force_encoding(Encoding::UTF_8)&.freeze
      end

      # @return [String] text that may hold NUL
      def text(pointer, length)
        pointer.null? ? "" : pointer.read_bytes(length).force_encoding(Encoding::UTF_8).freeze
      end

      # @return [String, nil]
      def bytes(pointer, length)
        pointer.read_bytes(length).freeze unless pointer.null?
      end

      # @return [Float, nil] seconds for milliseconds; nil for a negative number
      def seconds(milliseconds)
        milliseconds / 1000.0 unless milliseconds.negative?
      end

      # @return [Integer, nil]
      def positive(number)
        number if number.positive?
      end

      # Calls a function that writes text into a buffer and reports the size it needs.
      #
      # @yieldparam arguments [Array] the buffer, its size and the place for the size that is needed
      # @return [String]
      def read_buffer(size)
        needed = FFI::MemoryPointer.new(:size_t)
        loop do
          buffer = FFI::MemoryPointer.new(:char, size)
          begin
            yield [buffer, size, needed]
          rescue InternalError => e
            raise unless e.status == :buffer_too_small

            # The text may grow before the next call.
            size = needed.read(:size_t) * 2
            next
          end
          return string(buffer.read_string)
        end
      end

      # @return [Boolean] whether the value is a finite real number
      def real?(value)
        value.is_a?(Numeric) && value.real? && (!value.respond_to?(:finite?) || value.finite?)
      end

      private

      # Names the argument's class and never its value, which may be a secret.
      def kind(value)
        value.nil? ? "nil" : "a #{value.class}"
      end
    end
  end
end
