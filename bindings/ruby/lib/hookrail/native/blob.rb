# frozen_string_literal: true

module Hookrail
  module Native
    # Reads the blob of a prepared event; docs/prepared-events.md describes the format. The library checks the blob
    # itself.
    # @api private
    class Blob
      MARK = "HKRLPREP"
      # The lengths of idempotency key, ordering key, body and headers, behind the mark and the version.
      LENGTHS = { 1 => "Q>3", 2 => "Q>4" }.freeze
      HEAD = 12
      # The beginning of the body. A topic has at most 256 characters, each of at most 6 bytes.
      TOPIC = /\A\{"topic":("(?:[^"\\]|\\.)*"),"payload":/n
      TOPIC_SIZE = 2048
      private_constant :MARK, :LENGTHS, :HEAD, :TOPIC, :TOPIC_SIZE

      # @param bytes [String]
      def initialize(bytes)
        @bytes = bytes.b
        @fields = []
        format = LENGTHS[@bytes.unpack1("x8L>")] if @bytes.start_with?(MARK)
        return unless format

        lengths = @bytes.byteslice(HEAD..).unpack(format)
        place = HEAD + (8 * lengths.size)
        return unless lengths.all? && place + lengths.sum < @bytes.bytesize

        @fields = lengths.map { |length| (place += length) && [place - length, length] }
      end

      # @return [Hash{Symbol => String, nil}] topic and keys; nil if the blob is damaged or of no known format
      def names
        { topic:, idempotency_key: text(0), ordering_key: text(1) }
      end

      # @return [String] the JSON of the payload
      def json
        body = field(2)
        text = body.byteslice(TOPIC.match(body).end(0)...-1)
        Native.string(text)
      end

      # @return [Hash{String => String}] the headers of the send
      def headers
        field(3).to_s.split("\r\n").to_h { |line| line.split(": ", 2).map { |text| Native.string(text) } }
      end

      private

      def topic
        json = field(2, TOPIC_SIZE).to_s[TOPIC, 1]
        Native.string(JSON.parse(json.force_encoding(Encoding::UTF_8))) if json
      rescue JSON::JSONError
        # The library refuses this blob.
      end

      # @return [String, nil] nil if it is empty
      def text(index)
        found = field(index)
        Native.string(found) unless found.nil? || found.empty?
      end

      def field(index, limit = nil)
        place, length = @fields[index]
        @bytes.byteslice(place, [length, limit].compact.min) if place
      end
    end
  end
end
