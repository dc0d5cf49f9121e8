# frozen_string_literal: true

require_relative "json_value"

module Hookrail
  # Turns a caller's payload into JSON.
  # @api private
  module Payload
    # @param value [Hash, Array, String, #as_json] a String is JSON already, and its bytes are sent unchanged
    # @return [String]
    # @raise [InvalidArgumentError]
    def self.json(value)
      text = String.try_convert(value)
      return Native.utf8(text, :payload) if text

      collection = JSONValue.collection(value)
      unless collection
        raise InvalidArgumentError, "payload must be a Hash, an Array or a String of JSON, not #{value.class}"
      end

      generate(collection)
    end

    def self.generate(collection)
      # Frozen text needs no copy on its way to the library.
      JSON.generate(JSONValue.of(collection)).freeze
    rescue JSON::JSONError, EncodingError => e
      raise InvalidArgumentError, "payload cannot be written as JSON: #{e.message.scrub}"
    end
    private_class_method :generate
  end
end
