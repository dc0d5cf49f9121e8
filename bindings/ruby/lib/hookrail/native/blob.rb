# frozen_string_literal: true

module Hookrail
  module Native
    # Reads the blob of a prepared event; docs/prepared-events.md describes the format. The library checks the blob
    # itself.
    # @api private
    module Blob
      # The lengths of the idempotency key, of the ordering key and of the body, behind the mark.
      HEAD = "x8L>Q>Q>Q>"
      MARK = "HKRLPREP"
      VERSION = 1
      # Where the idempotency key begins.
      KEYS = 36
      BODY = /\A\{"topic":("(?:[^"\\]|\\.)*"),"payload":(.*)\}\z/mn
      # The beginning of the body. A topic has at most 256 characters, each of at most 6 bytes.
      TOPIC = /\A\{"topic":("(?:[^"\\]|\\.)*")/n
      TOPIC_SIZE = 2048
      UNKNOWN = { topic: nil, idempotency_key: nil, ordering_key: nil }.freeze
      private_constant :HEAD, :MARK, :VERSION, :KEYS, :BODY, :TOPIC, :TOPIC_SIZE, :UNKNOWN

      class << self
        # @param blob [String]
        # @return [Hash{Symbol => String, nil}] topic and keys; nil if the blob is damaged or of no known format
        def names(blob)
          blob = blob.b
          keys, place, length = split(blob)
          return UNKNOWN unless keys

          { topic: topic(blob.byteslice(place, [length, TOPIC_SIZE].min)[TOPIC, 1]), **keys }
        end

        # @param blob [String] that the library has accepted
        # @return [Hash{Symbol => String, nil}] topic, keys and the JSON of the payload
        def event(blob)
          blob = blob.b
          keys, place, length = split(blob)
          topic, json = blob.byteslice(place, length).match(BODY).captures
          { topic: topic(topic), json: Native.string(json), **keys }
        end

        private

        # @return [Array(Hash, Integer, Integer), nil] the keys, and the place and the length of the body
        def split(blob)
          version, *lengths = blob.unpack(HEAD) if blob.start_with?(MARK)
          return unless version == VERSION && lengths.all? && KEYS + lengths.sum < blob.bytesize

          key, ordering, body = lengths
          [{ idempotency_key: Native.string(blob.byteslice(KEYS, key)),
             ordering_key: (Native.string(blob.byteslice(KEYS + key, ordering)) if ordering.positive?) },
           KEYS + key + ordering, body]
        end

        def topic(text)
          Native.string(JSON.parse(text.force_encoding(Encoding::UTF_8))) if text
        rescue JSON::JSONError
          # The library refuses this blob.
        end
      end
    end
  end
end
