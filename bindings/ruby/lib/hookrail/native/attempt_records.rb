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

      # @return [Hookrail::AttemptRecord]
      def value
        Hookrail::AttemptRecord.new(
          number: self[:number], status: self[:status].zero? ? :ok : Statuses.name_for(self[:status]),
          http_status: Native.positive(self[:http_status]), message: text(:message), request_id: text(:request_id),
          new_connection: self[:new_connection] == 1,
          started_at: Time.at(0, self[:started_unix_us], :microsecond).freeze,
          since_start: seconds(:started_us), duration: seconds(:duration_us), lookup: seconds(:lookup_us),
          connect: seconds(:connect_us), tls: seconds(:tls_us), waiting: seconds(:waiting_us),
          bytes_sent: self[:bytes_sent], bytes_received: self[:bytes_received]
        )
      end

      private

      def seconds(member)
        self[member] / 1e6
      end

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
