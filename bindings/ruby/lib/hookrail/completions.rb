# frozen_string_literal: true

module Hookrail
  # The submissions of a client in the order in which they finish, each of them once.
  #
  # @example Go through the results
  #   client.completions.each { |submission| log(submission.error) if submission.error }
  #
  # @example In a thread, for as long as the client is open
  #   Thread.new do
  #     client.completions.each(until_closed: true) { |submission| log(submission.error) if submission.error }
  #   end
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

    # Yields submissions as they finish.
    #
    # Begun before the client's first submit, as by a thread that the program starts at boot, it waits for
    # submissions until the client is closed, and yields all of them. Begun later, it ends when nothing is queued or
    # in flight. `until_closed` chooses one of the two, regardless of the moment.
    #
    # @param until_closed [Boolean, nil] whether to wait until the client is closed; nil: if the client has not yet
    #   submitted anything in this process
    # @yieldparam submission [Submission]
    # @return [self, Enumerator]
    def each(until_closed: nil, &block)
      return enum_for(:each, until_closed:) unless block

      until_closed = !@producer.used? if until_closed.nil?
      # Takes one at a time: if the block breaks off, the others stay available.
      until (batch = @producer.take(1, nil, until_closed:)).empty?
        batch.each(&block)
      end
      self
    end
  end
end
