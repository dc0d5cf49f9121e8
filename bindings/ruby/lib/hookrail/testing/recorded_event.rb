# frozen_string_literal: true

module Hookrail
  module Testing
    # An event that a program has passed to a {FakeClient}.
    #
    # @!attribute [r] topic
    #   @return [String]
    # @!attribute [r] json
    #   @return [String] the bytes of the payload, as they would have been sent
    # @!attribute [r] idempotency_key
    #   @return [String] also if the program gave none
    # @!attribute [r] ordering_key
    #   @return [String, nil]
    # @!attribute [r] headers
    #   @return [Hash{String => String}] those of the client and of the send, by their names in lower case
    # @!attribute [r] submitted
    #   @return [Boolean] whether it was passed to `submit` or `submit_prepared`
    # @!attribute [r] event_id
    #   @return [String, nil] nil if it failed
    # @!attribute [r] error
    #   @return [Exception, nil] the scripted error; nil if it was recorded
    class RecordedEvent < Value
      holds :topic, :json, :idempotency_key, :ordering_key, :headers, :submitted, :event_id, :error

      alias submitted? submitted

      # @param options [Hash] those of JSON.parse
      # @return [Object] the parsed payload
      #
      # @example
      #   client.events.last.payload(symbolize_names: true) # => { order_id: "o_1" }
      def payload(**options)
        JSON.parse(json, **options)
      end
    end
  end
end
