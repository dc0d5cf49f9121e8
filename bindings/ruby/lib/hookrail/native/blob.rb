# frozen_string_literal: true

module Hookrail
  module Native
    # Reads the names of the event in the blob of a prepared event; docs/prepared-events.md describes the format. The
    # library checks the blob itself.
    # @api private
    module Blob
      # The lengths of the idempotency key and of the ordering key, behind the mark.
      HEAD = "x8L>Q>Q>"
      MARK = "HKRLPREP"
      VERSION = 1
      # Where the idempotency key begins.
      KEYS = 36
      # The beginning of the body. A topic has at most 256 characters, each of at most 6 bytes.
      TOPIC = /\A\{"topic":("(?:[^"\\]|\\.)*")/n
      TOPIC_SIZE = 2048
      private_constant :HEAD, :MARK, :VERSION, :KEYS, :TOPIC, :TOPIC_SIZE

      # @param blob [String]
      # @return [Hash{Symbol => String, nil}] topic and keys; nil if the blob is of no known format
      def self.names(blob)
        version, key, ordering = blob.unpack(HEAD) if blob.b.start_with?(MARK)
        unless version == VERSION && ordering && key + ordering < blob.bytesize
          return { topic: nil, idempotency_key: nil, ordering_key: nil }
        end

        {
          topic: topic(blob.byteslice(KEYS + key + ordering, TOPIC_SIZE)),
          idempotency_key: Native.string(blob.byteslice(KEYS, key)),
          ordering_key: (Native.string(blob.byteslice(KEYS + key, ordering)) if ordering.positive?)
        }
      end

      def self.topic(body)
        text = body&.b&.slice(TOPIC, 1)
        Native.string(JSON.parse(text.force_encoding(Encoding::UTF_8))) if text
      rescue JSON::JSONError
        # The library refuses this blob.
      end
      private_class_method :topic
    end
  end
end
