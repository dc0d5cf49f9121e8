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

    # How many seconds the descriptor, or news from others, are relied on at a time. An event whose time runs out
    # while it is queued and every worker is busy does not show there, but to who collects; nor does room that
    # comes before a result; and what a signal's handler raises can keep news from being told.
    RECHECK = 0.2

    def initialize(client)
      @client = client
      @submissions = Submissions.new
      @lock = Thread::Mutex.new
      @news = Thread::ConditionVariable.new
      @ready = []
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
        collect(max) if @ready.empty?
        taken = @ready.shift(max)
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
        @completions || collect(BATCH).zero? ? e : retry
      end
    ensure
      submission.token = token.read_uint64 if token
    end

    # Waits until the block, which runs under the lock, is true. Who comes first attends to the descriptor.
    def wait_until(deadline, collects: false, &reached)
      turn = Object.new
      loop do
        locked do
          return true if yield
          return last_look(collects, &reached) if deadline.over?

          queue_up(turn, deadline, collects)
        end
        attend(deadline, collects) if @attending.equal?(turn)
      ensure
        if @attending.equal?(turn)
          # Before anything that can be interrupted: who has left must not be waited for.
          @attending = nil
          announce
        end
      end
    end

    # Takes the turn to attend if it is free, and else waits some time for news.
    def queue_up(turn, deadline, collects)
      if @attending || (@completions && !collects)
        @news.wait(@lock, [deadline.remaining, RECHECK].compact.min)
      else
        @attending = turn
      end
    end

    # Not by Mutex#synchronize: under a fiber scheduler of Ruby 3.1, an exception that ends the wait for news leaves
    # the lock open, and synchronize fails to open it.
    def locked
      @lock.lock
      yield
    ensure
      @lock.unlock if @lock.owned?
    end

    # When there is no time to wait, what has arrived already counts all the same.
    def last_look(collects)
      return false if collects || @completions

      collect(BATCH)
      yield
    end

    def attend(deadline, collects)
      # What was collected already shows there no more.
      io.wait_readable([deadline.remaining, RECHECK].compact.min) unless @batch
      locked { collect(BATCH) } unless collects || @completions
    end

    # Lets the next one attend, whatever ended this one's turn.
    def announce
      Thread.handle_interrupt(Object => :never) { locked { @news.broadcast } }
    end

    # Brings completions to their submissions, and returns how many. It is called under the lock. No other thread's
    # interrupt comes in between; what a signal's handler raises may, and then the next call goes on.
    def collect(max)
      Thread.handle_interrupt(Object => :never) do
        batch = (@batch ||= Native::CompletionBatch.new(max))
        batch.fill(@client.pointer)
        batch.each { |completion| bring(completion) }
        @batch = nil
        @news.broadcast unless batch.count.zero?
        batch.count
      end
    end

    # Each step can be taken again.
    def bring(completion)
      submission = @submissions.find(completion[:tag])
      return unless submission

      submission.resolve(**completion.values)
      @ready << submission unless !@completions || @ready.last.equal?(submission)
      @submissions.remove(completion[:tag])
    end

    # In a process made by fork, what the parent has submitted is the parent's.
    def refresh
      return if @pid == Process.pid

      locked do
        next if @pid == Process.pid

        @submissions.clear { |submission| submission.resolve(error: forked, outcome: :maybe_sent) }
        @io = @attending = @batch = nil
        @ready = []
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

      def find(tag)
        @lock.synchronize { @by_tag[tag] }
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
