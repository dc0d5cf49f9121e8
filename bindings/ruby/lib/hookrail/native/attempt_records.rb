# frozen_string_literal: true

module Hookrail
  # Reads the records of attempts.
  # @api private
  module Native
    # The structure hookrail_attempt_record.
    # @api private
    class AttemptRecord < FFI::Struct
      layout :number, :uint32, :status, :int32, :http_status, :int32, :new_connection, :int32,
             :started_unix_us, :int64, :started_us, :uint64, :duration_us, :uint64, :lookup_us, :uint64,
             :connect_us, :uint64, :tls_us, :uint64, :waiting_us, :uint64, :bytes_sent, :uint64,
             :bytes_received, :uint64, :message, :string, :request_id, :string
    end

    # The records of a result, of which few programs make use: they are copied as bytes, and read when they are asked
    # for.
    # @api private
    class AttemptRecords
      # The functions that return the records of a result, by its type.
      FUNCTIONS = %i[accepted error event_status].to_h do |type|
        [type, [:"hookrail_#{type}_attempt_record_count", :"hookrail_#{type}_attempt_record"]]
      end
      SIZE = AttemptRecord.size
      # The members of a record for String#unpack, and those that are texts.
      FORMAT = "LlllqQ8"
      TEXTS = "@#{AttemptRecord.offset_of(:message)}J2".freeze
      private_constant :FUNCTIONS, :SIZE, :FORMAT, :TEXTS

      # @param type [Symbol] the type of the result
      # @param pointer [FFI::Pointer] the result
      # @return [AttemptRecords]
      def self.read(type, pointer)
        count, get = FUNCTIONS.fetch(type)
        count = Native.public_send(count, pointer)
        return NONE if count.zero?

        place = FFI::MemoryPointer.new(SIZE)
        new(Array.new(count) do |index|
          Native.public_send(get, pointer, index, place, SIZE)
          bytes = place.read_bytes(SIZE)
          [bytes.freeze, *bytes.unpack(TEXTS).map { |address| text(address) }].freeze
        end)
      end

      # @return [String, nil] nil for an empty text
      def self.text(address)
        found = FFI::Pointer.new(address).read_string
        Native.string(found) unless found.empty?
      end
      private_class_method :text

      # @param records [Array<Array>] the bytes, the message and the request id of each
      def initialize(records)
        @records = records.freeze
        freeze
      end

      # The records of a result that has none.
      NONE = new([])

      # @return [Array<Hookrail::AttemptRecord>]
      def to_a
        @records.map { |record| value(*record) }.freeze
      end

      private

      def value(bytes, message, request_id)
        number, status, http_status, new_connection, started, since_start, duration, lookup, connect, tls, waiting,
          bytes_sent, bytes_received = bytes.unpack(FORMAT)
        Hookrail::AttemptRecord.new(
          number:, status: status.zero? ? :ok : Statuses.name_for(status), http_status: Native.positive(http_status),
          message:, request_id:, new_connection: new_connection == 1,
          started_at: Time.at(0, started, :microsecond).freeze, since_start: since_start / 1e6,
          duration: duration / 1e6, lookup: lookup / 1e6, connect: connect / 1e6, tls: tls / 1e6,
          waiting: waiting / 1e6, bytes_sent:, bytes_received:
        )
      end
    end
  end
end
