# frozen_string_literal: true

module Hookrail
  module Testing
    # A {Producer} over a {FakeQueue}.
    # @api private
    class FakeProducer < Producer
      # Carries the scripted error of a submit. The producer would wait for room after a {QueueFullError}.
      class Refusal < StandardError
        # @return [Error]
        attr_reader :error

        def initialize(error)
          super(error.message)
          @error = error
        end
      end

      # @see Producer#submit
      def submit(...)
        super
      rescue Refusal => e
        raise e.error
      end
    end
  end
end
