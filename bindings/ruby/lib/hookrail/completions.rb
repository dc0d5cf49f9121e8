# frozen_string_literal: true

module Hookrail
  # The submissions of a client in the order in which they finish, each of them once.
  #
  # @example Go through the results
  #   client.completions.each { |submission| log(submission.error) if submission.error }
  #
  # @example Together with other descriptors
  #   readable, = IO.select([client.completions, socket])
  #   client.completions.take.each { |submission| ... } if readable.include?(client.completions)
  class Completions
    include Enumerable

    # @api private
    def initialize(producer)
      @producer = producer
    end

    # Returns the descriptor that is readable exactly while there are completions to take. It belongs to the
    # library: neither read nor close it. After a fork the child has to call this again, for a descriptor of its
    # own.
    #
    # @return [IO]
    def to_io
      @producer.io
    end

    # Takes finished submissions.
    #
    # @param max [Integer] how many at most
    # @param timeout [Float, nil] how many seconds to wait for the first one; nil: as long as any is unfinished
    # @return [Array<Submission>] empty when the time is over, or when no submission is unfinished
    def take(max = 64, timeout: 0)
      max = Native.integer(max, :max, 1..65_536)
      @producer.take(max, timeout)
    end

    # Yields submissions as they finish, until nothing is queued or in flight.
    #
    # @yieldparam submission [Submission]
    # @return [self, Enumerator]
    def each(&block)
      return enum_for(:each) unless block

      # Takes one at a time: if the block breaks off, the others stay available.
      until (batch = take(1, timeout: nil)).empty?
        batch.each(&block)
      end
      self
    end
  end
end
