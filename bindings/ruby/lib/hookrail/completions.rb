# frozen_string_literal: true

module Hookrail
  # The submissions of a client in the order in which they finish, each of them once.
  #
  # @example Go through what is under way
  #   client.completions.each { |submission| log(submission.error) if submission.error }
  #
  # @example Beside other descriptors
  #   readable, = IO.select([client.completions, socket])
  #   client.completions.take.each { |submission| ... } if readable.include?(client.completions)
  class Completions
    include Enumerable

    # @api private
    def initialize(producer)
      @producer = producer
    end

    # The descriptor that is readable exactly while completions are to be taken. It belongs to the library:
    # neither read nor close it. A forked process asks for its own.
    #
    # @return [IO]
    def to_io
      @producer.io
    end

    # Takes what has finished.
    #
    # @param max [Integer] how many at most
    # @param timeout [Float, nil] how many seconds to wait for the first one; nil: as long as something is
    #   under way
    # @return [Array<Submission>] empty when the time is over, or nothing is under way
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

      # One at a time, so that a block that breaks off leaves the others where they are.
      until (batch = take(1, timeout: nil)).empty?
        batch.each(&block)
      end
      self
    end
  end
end
