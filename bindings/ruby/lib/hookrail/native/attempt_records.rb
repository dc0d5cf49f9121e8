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

      # The same members for String#unpack: reading them one by one takes four times as long.
      FORMAT = "LlllqQ8J2"
      private_constant :FORMAT

      # @return [Hookrail::AttemptRecord]
      def value
        number, status, http_status, new_connection, started, since_start, duration, lookup, connect, tls, waiting,
          bytes_sent, bytes_received, = pointer.read_bytes(size).unpack(FORMAT)
        Hookrail::AttemptRecord.new(
          number:, status: status.zero? ? :ok : Statuses.name_for(status), http_status: Native.positive(http_status),
          message: (text(:message) unless status.zero?), request_id: text(:request_id),
          new_connection: new_connection == 1, started_at: Time.at(0, started, :microsecond).freeze,
          since_start: since_start / 1e6, duration: duration / 1e6, lookup: lookup / 1e6, connect: connect / 1e6,
          tls: tls / 1e6, waiting: waiting / 1e6, bytes_sent:, bytes_received:
        )
      end

      private

      # @return [String, nil] nil for an empty text
      def text(member)
        found = self[member]
        Native.string(found) unless found.empty?
      end
    end

    # The functions that return the records of a result, by its type.
    RECORDS = %i[accepted error event_status].to_h do |type|
      [type, [:"hookrail_#{type}_attempt_record_count", :"hookrail_#{type}_attempt_record"]]
    end
    private_constant :RECORDS

    class << self
      # @param type [Symbol] the type of the result
      # @param pointer [FFI::Pointer] the result
      # @return [Array<Hookrail::AttemptRecord>]
      def attempt_records(type, pointer)
        count, get = RECORDS.fetch(type)
        place = AttemptRecord.new
        Array.new(public_send(count, pointer)) do |index|
          public_send(get, pointer, index, place, AttemptRecord.size)
          place.value
        end.freeze
      end
    end
  end
end
