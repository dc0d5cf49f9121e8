# frozen_string_literal: true

module Hookrail
  # Turns native errors into exceptions.
  # @api private
  module Native
    class << self
      # Calls a function whose last parameter is the place for an error.
      #
      # @raise [Error] the error that the function reports
      def call(function, *arguments)
        place = FFI::MemoryPointer.new(:pointer)
        code = public_send(function, *arguments, place)
        throw_error(error(place.read_pointer, code)) unless code.zero?
      ensure
        # An exception may have come before the place was allocated.
        hookrail_error_free(place.read_pointer) if place && code != 0
      end

      # Gives errors of arguments that Ruby refuses the outcome of the library's own errors.
      def not_sent
        yield
      rescue InvalidArgumentError => e
        raise InvalidArgumentError.new(e.message, outcome: :not_sent), cause: e.cause
      end

      # Raises an error with its cause set in Ruby, too, so that printing the error shows the cause.
      def throw_error(error)
        raise error unless error.cause

        raise error, cause: error.cause
      end

      # @param pointer [FFI::Pointer] a hookrail_error, which the caller still owns
      # @return [Error]
      def error(pointer, code = hookrail_error_status(pointer))
        message = text(hookrail_error_message(pointer), hookrail_error_message_len(pointer))
        Statuses.class_for(code).new(message, code:, **error_members(pointer))
      end

      private

      def error_members(pointer)
        cause = hookrail_error_cause(pointer)
        {
          http_status: positive(hookrail_error_http_status(pointer)),
          retry_after: seconds(hookrail_error_retry_after_ms(pointer)),
          problem: problem(pointer),
          body: bytes(hookrail_error_body(pointer), hookrail_error_body_len(pointer)),
          retryable: hookrail_error_retryable(pointer),
          attempts: hookrail_error_attempts(pointer),
          idempotency_key: string(hookrail_error_idempotency_key(pointer)),
          outcome: OUTCOMES[hookrail_error_outcome(pointer)],
          attempt_records: AttemptRecords.read(:error, pointer),
          request_id: string(hookrail_error_request_id(pointer)),
          cause: cause.null? ? nil : error(cause)
        }
      end

      def problem(pointer)
        members = {
          type: string(hookrail_error_problem_type(pointer)),
          title: string(hookrail_error_problem_title(pointer)),
          detail: string(hookrail_error_problem_detail(pointer))
        }
        Problem.new(**members) if members.values.any?
      end
    end
  end
end
