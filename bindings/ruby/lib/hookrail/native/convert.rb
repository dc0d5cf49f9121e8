# frozen_string_literal: true

module Hookrail
  # Between Ruby's values and those of the C ABI.
  # @api private
  module Native
    # The longest time that the library takes.
    MAX_SECONDS = 86_400

    # What the library takes as "now by the system's clock".
    CLOCK = -1

    # What fits into the C type.
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
      # @return [Integer] what the library takes as the time to judge by
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

      # @return [Array(String, Integer)] text as the two arguments it takes, in UTF-8
      # @raise [InvalidArgumentError]
      def text_arguments(value, name)
        byte_arguments(utf8(value, name), name)
      end

      # @return [Array(String, Integer)] bytes as the two arguments they take, whatever their encoding
      # @raise [InvalidArgumentError]
      def byte_arguments(value, name)
        string = held_bytes(value, name)
        [string, string.bytesize]
      end

      # No other thread can change the bytes while the library reads them; a copy shares them until then.
      #
      # @return [String] bytes, whatever their encoding, that are frozen or the caller's own
      # @raise [InvalidArgumentError]
      def held_bytes(value, name)
        string = String.try_convert(value)
        raise InvalidArgumentError, "#{name} must be a String, not #{kind(value)}" unless string

        string.frozen? ? string : string.dup
      end

      # The text of a String in another encoding is meant, not its bytes; bytes without an encoding are
      # left to the library to check.
      def utf8(value, name)
        string = String.try_convert(value)
        raise InvalidArgumentError, "#{name} must be a String, not #{kind(value)}" unless string
        return string if [Encoding::UTF_8, Encoding::US_ASCII, Encoding::BINARY].include?(string.encoding)

        string.encode(Encoding::UTF_8)
      rescue EncodingError => e
        raise InvalidArgumentError, "#{name} cannot be written in UTF-8: #{e.message}"
      end

      # @return [String, nil] a borrowed string as text of our own
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

      # @return [Float, nil] seconds for milliseconds, of which a negative number is none
      def seconds(milliseconds)
        milliseconds / 1000.0 unless milliseconds.negative?
      end

      # @return [Integer, nil]
      def positive(number)
        number if number.positive?
      end

      # Calls a function that writes text into a buffer and says how large it has to be.
      #
      # @yieldparam arguments [Array] the buffer, its size and the place for the size that it takes
      # @return [String]
      def read_buffer(size)
        needed = FFI::MemoryPointer.new(:size_t)
        loop do
          buffer = FFI::MemoryPointer.new(:char, size)
          begin
            yield [buffer, size, needed]
          rescue InternalError => e
            raise unless e.status == :buffer_too_small

            # What is written may grow in between.
            size = needed.read(:size_t) * 2
            next
          end
          return string(buffer.read_string)
        end
      end

      # @return [Boolean] whether something is a finite real number
      def real?(value)
        value.is_a?(Numeric) && value.real? && (!value.respond_to?(:finite?) || value.finite?)
      end

      private

      # An argument's class, and never the argument: it may be a secret.
      def kind(value)
        value.nil? ? "nil" : "a #{value.class}"
      end
    end
  end
end
