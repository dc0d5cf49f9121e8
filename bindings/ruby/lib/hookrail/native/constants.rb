# frozen_string_literal: true

module Hookrail
  # Numbers of the C ABI. A test compares them with hookrail.h; the statuses are in {Statuses}.
  # @api private
  module Native
    # What is known about an event. Without an event the number is 0, and there is no outcome.
    OUTCOMES = { 1 => :delivered, 2 => :not_sent, 3 => :rejected, 4 => :maybe_sent }.freeze

    # Which certificate authorities are trusted.
    TLS_ROOTS = { platform: 0, extra_only: 1 }.freeze

    # The flags of `hookrail_purge`.
    PURGE = { queued: 1, in_flight: 2 }.freeze

    # The time that stands for the system's clock.
    CLOCK = -1

    # The size of a buffer for the longest signature that the library accepts, with the NUL.
    SIGNATURE_SIZE = 4097
  end
end
