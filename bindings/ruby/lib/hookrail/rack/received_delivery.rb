# frozen_string_literal: true

require "json"

module Hookrail
  module Rack
    # A verified delivery, as the application finds it in `env["hookrail.delivery"]`.
    #
    # @!attribute [r] delivery_id
    #   @return [String] the key by which to recognise a repeated delivery; it is signed
    # @!attribute [r] event_id
    #   @return [String, nil] the header hookrail-event-id, which is not signed
    # @!attribute [r] topic
    #   @return [String, nil] the header hookrail-topic, which is not signed
    # @!attribute [r] body
    #   @return [String] the bytes that were verified
    # @!attribute [r] verified
    #   @return [Verified]
    class ReceivedDelivery < Value
      holds :delivery_id, :event_id, :topic, :body, :verified

      # @param options [Hash] for JSON.parse
      # @return [Object] the body, parsed
      # @raise [JSON::ParserError]
      def payload(**options)
        JSON.parse(body, **options)
      end
    end
  end
end
