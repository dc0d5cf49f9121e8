# frozen_string_literal: true

require "io/wait"

module Hookrail
  # The Ruby side of a client's producer: which submission a completion is for, and who collects.
  #
  # There is no thread for it. Of the threads and fibers that wait, one attends to the library's event
  # descriptor; the others sleep until it has collected something.
  # @api private
  class Producer
    # How many completions are collected at once.
    BATCH = 64

    # How many seconds the descriptor is relied on at a time: an event whose time runs out while it is queued
    # and every worker is busy does not show there, but to who collects.
    RECHECK = 0.2

    def initialize(client)
      @client = client
      @submissions = Submissions.new
      @lock = Thread::Mutex.new
      @news = Thread::ConditionVariable.new
      @pid = Process.pid
    end

    # Queues an event; `wait` is for how many seconds to wait for room.
    def submit(function, arguments, wait)
      deadline = Native::Deadline.new(wait || 0, :wait)
      refresh
      submission = Submission.new(self)
      tag = @submissions.add(submission)
      refused = nil
      wait_until(deadline) { (refused = enqueue(function, arguments, tag, submission)).nil? }
      raise refused if refused

      submission
    ensure
      @submissions.remove(tag) if tag && !submission.queued?
    end

    # Waits until the block is true.
    def wait(timeout, &)
      refresh
      wait_until(Native::Deadline.new(timeout, :timeout), &)
    end

    # What the user goes through; from now on only that collects.
    def completions
      @completions ||= Completions.new(self)
    end

    # Collects for the user.
    def take(max, timeout)
      refresh
      taken = []
      wait_until(Native::Deadline.new(timeout, :timeout), collects: true) do
        # Whether nothing is under way has to be known before: it may finish in between.
        idle = @submissions.empty?
        taken = collect(max)
        idle || taken.any?
      end
      taken
    end

    # The event descriptor.
    def io
      refresh
      @io ||= begin
        place = FFI::MemoryPointer.new(:int32)
        Native.call(:hookrail_event_fd, @client.pointer, place)
        IO.for_fd(place.read_int32, autoclose: false)
      end
    end

    def cancel(token)
      refresh
      Native.call(:hookrail_cancel_submitted, @client.pointer, token)
    end

    def purge(flags)
      purged = FFI::MemoryPointer.new(:size_t)
      Native.call(:hookrail_purge, @client.pointer, flags, purged)
      purged.read(:size_t)
    end

    def pending
      places = Array.new(3) { FFI::MemoryPointer.new(:size_t) }
      Native.call(:hookrail_pending, @client.pointer, *places)
      %i[queued in_flight completions].zip(places.map { |place| place.read(:size_t) }).to_h
    end

    def flush(timeout)
      remaining = FFI::MemoryPointer.new(:size_t)
      begin
        uninterrupted(timeout) { |ms| Native.call(:hookrail_flush, @client.pointer, ms, remaining) }
      rescue TimeoutError
        # How much is left is the answer.
      end
      remaining.read(:size_t)
    end

    def close(timeout)
      unsent = FFI::MemoryPointer.new(:size_t)
      uninterrupted(timeout) { |ms| Native.call(:hookrail_client_close, @client.pointer, ms, unsent) }
      unsent.read(:size_t)
    end

    private

    # @return [QueueFullError, nil] why there is no room
    def enqueue(function, arguments, tag, submission)
      token = FFI::MemoryPointer.new(:uint64)
      begin
        Native.call(function, @client.pointer, *arguments, tag, 0, token)
        nil
      rescue QueueFullError => e
        # Completions that nobody wants must not keep the queue full.
        @completions || collect(BATCH).empty? ? e : retry
      end
    ensure
      submission.token = token.read_uint64
    end

    # Waits until the block, which runs under the lock, is true. Who comes first attends to the descriptor.
    def wait_until(deadline, collects: false)
      turn = nil
      loop do
        @lock.synchronize do
          return true if yield
          return false if deadline.over?

          if @attending || (@completions && !collects)
            @news.wait(@lock, deadline.remaining)
          else
            @attending = turn = Object.new
          end
        end
        attend(deadline, collects) if turn
      ensure
        turn = leave(turn)
      end
    end

    def attend(deadline, collects)
      io.wait_readable([deadline.remaining, RECHECK].compact.min)
      collect(BATCH) unless collects || @completions
    end

    # Lets the next one attend, whatever ended this one's turn.
    def leave(turn)
      return unless turn

      Thread.handle_interrupt(Object => :never) do
        @lock.synchronize do
          @attending = nil if @attending.equal?(turn)
          @news.broadcast
        end
      end
      nil
    end

    # A completion that is collected must reach its submission, and whoever waits for that: no interrupt in
    # between.
    def collect(max)
      Thread.handle_interrupt(Object => :never) do
        collected = Native::Completion.poll(@client.pointer, max).filter_map do |completion|
          result = completion.take
          @submissions.remove(completion[:tag])&.tap { |submission| submission.resolve(**result) }
        end
        @news.broadcast if collected.any?
        collected
      end
    end

    # In a process made by fork, what the parent has submitted is the parent's.
    def refresh
      return if @pid == Process.pid

      @lock.synchronize do
        next if @pid == Process.pid

        @submissions.clear { |submission| submission.resolve(error: forked, outcome: :maybe_sent) }
        @io = @attending = nil
        @pid = Process.pid
      end
    end

    def forked
      ForkedError.new("this submission was made by the parent of this process, which gets its result")
    end

    # Calls again after every signal, once Ruby has handled it. A fiber scheduler knows nothing of the
    # library's waits, so there a thread does the waiting.
    def uninterrupted(timeout, &)
      deadline = Native::Deadline.new(timeout, :timeout)
      return repeat(deadline, &) unless Fiber.current_scheduler

      thread = Thread.new { repeat(deadline, &) }
      thread.report_on_exception = false
      begin
        thread.value
      ensure
        thread.kill
      end
    end

    def repeat(deadline)
      yield deadline.milliseconds
    rescue InterruptedError
      retry
    end

    # The submissions that are under way, by the tags that their completions will bear.
    class Submissions
      def initialize
        @lock = Thread::Mutex.new
        @by_tag = {}
        @last_tag = 0
      end

      def add(submission)
        @lock.synchronize do
          @by_tag[@last_tag += 1] = submission
          @last_tag
        end
      end

      def remove(tag)
        @lock.synchronize { @by_tag.delete(tag) }
      end

      def empty?
        @lock.synchronize { @by_tag.empty? }
      end

      def clear(&)
        @lock.synchronize do
          @by_tag.each_value(&)
          @by_tag.clear
        end
      end
    end
    private_constant :Submissions
  end
end
