# frozen_string_literal: true

require "io/wait"

module Hookrail
  # The Ruby side of a client's producer: it collects completions and assigns them to their submissions.
  #
  # It has no thread of its own. Among the threads and fibers that wait, one is the leader and waits for the
  # library's event descriptor; the others sleep until the leader has collected something.
  # @api private
  class Producer
    # How many completions are collected at once.
    BATCH = 64

    # A thread waits at most this many seconds before it looks again. The descriptor does not become readable when room
    # in the queue comes before a result, and an exception from a signal handler can prevent a notification.
    RECHECK = 0.2

    def initialize(client)
      @client = client
      @submissions = Submissions.new
      @lock = Thread::Mutex.new
      @changed = Thread::ConditionVariable.new
      @ready = []
      @closed = false
      @leads_until = 0
      @pid = Process.pid
    end

    # Queues an event; `wait` is how many seconds to wait for room in the queue.
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

    # Returns the completions for the user; from now on only the user collects.
    def completions
      @completions ||= Completions.new(self)
    end

    # Returns whether this process has begun to submit events.
    def used?
      refresh
      @submissions.used?
    end

    # Collects on behalf of the user. It waits while a submission is unfinished; with `until_closed` also while the
    # client is open.
    def take(max, timeout, until_closed: false)
      refresh
      taken = []
      wait_until(Native::Deadline.new(timeout, :timeout), collects: true) do
        # Determine this first: the last submission may finish while its completion is collected.
        idle = (@closed || !until_closed) && @submissions.empty?
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

    def purge(**which)
      flags = Native::PURGE.sum { |name, flag| which.fetch(name) ? flag : 0 }
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
        # The caller gets the number of remaining events instead.
      end
      remaining.read(:size_t)
    end

    def close(timeout)
      unsent = FFI::MemoryPointer.new(:size_t)
      uninterrupted(timeout) do |ms|
        Native.call(:hookrail_client_close, @client.pointer, ms, unsent)
      ensure
        # Only now: until then another thread may still submit.
        @closed = true
      end
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
        # Completions that no thread is waiting for must not keep the queue full.
        @completions || collect(BATCH).zero? ? e : retry
      end
    ensure
      submission.token = token.read_uint64 if token
    end

    # Waits until the block, which runs under the lock, is true. The first thread to come becomes the leader.
    def wait_until(deadline, collects: false, &reached)
      turn = Object.new
      loop do
        locked do
          return true if yield
          return final_check(collects, &reached) if deadline.over?

          lead_or_sleep(turn, deadline, collects)
        end
        wait_for_descriptor(deadline, collects) if @leader.equal?(turn)
      ensure
        if @leader.equal?(turn)
          # Before anything that can be interrupted: the others must not wait for a leader that has left.
          @leader = nil
          notify
        end
      end
    end

    # Becomes the leader if there is none, and otherwise waits some time for a notification. A leader that has led for
    # long is gone: an exception from a signal handler has hit the code that ends its turn.
    def lead_or_sleep(turn, deadline, collects)
      now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      if (@leader && now < @leads_until) || (@completions && !collects)
        @changed.wait(@lock, [deadline.remaining, RECHECK].compact.min)
      else
        @leads_until = now + (10 * RECHECK)
        @leader = turn
      end
    end

    # Does not use Mutex#synchronize: under a fiber scheduler of Ruby 3.1, an exception that ends the wait of a
    # condition variable leaves the mutex unlocked, and synchronize then fails to unlock it. An exception from a signal
    # handler that hits the unlocking leaves the mutex locked by this thread; the next use unlocks it.
    def locked
      @lock.lock unless @lock.owned?
      yield
    ensure
      @lock.unlock if @lock.owned?
    end

    # Collects once more when there is no time to wait: results that have arrived already count.
    def final_check(collects)
      return false if collects || @completions

      collect(BATCH)
      yield
    end

    def wait_for_descriptor(deadline, collects)
      # The descriptor does not show completions of a batch that is collected already.
      io.wait_readable([deadline.remaining, RECHECK].compact.min) unless @batch
      locked { collect(BATCH) } unless collects || @completions
    end

    # Lets another thread become the leader, however this one's turn ended.
    def notify
      Thread.handle_interrupt(Object => :never) { locked { @changed.broadcast } }
    end

    # Passes completions to their submissions, and returns how many. The caller holds the lock. Interrupts from
    # other threads are held off; an exception from a signal handler is not, and then the next call continues.
    def collect(max)
      Thread.handle_interrupt(Object => :never) do
        batch = (@batch ||= Native::CompletionBatch.new(max))
        batch.fill(@client.pointer)
        batch.each { |completion| resolve(completion) }
        @batch = nil
        @changed.broadcast unless batch.count.zero?
        batch.count
      end
    end

    # Each step can be repeated.
    def resolve(completion)
      submission = @submissions.find(completion[:tag])
      return unless submission

      submission.resolve(**completion.values)
      @ready << submission unless !@completions || @ready.last.equal?(submission)
      @submissions.remove(completion[:tag])
    end

    # Drops the parent's submissions in a process made by fork.
    def refresh
      return if @pid == Process.pid

      locked do
        next if @pid == Process.pid

        @submissions.clear { |submission| submission.resolve(error: forked, outcome: :maybe_sent) }
        @io = @leader = @batch = nil
        @ready = []
        @pid = Process.pid
      end
    end

    def forked
      ForkedError.new("this submission was made by the parent of this process, which gets its result")
    end

    # Repeats the call after every signal, once Ruby has handled it. A fiber scheduler cannot take over the
    # library's own waits, so under a scheduler a thread does the waiting.
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

    # The unfinished submissions, by the tags of their completions.
    class Submissions
      def initialize
        @lock = Thread::Mutex.new
        @by_tag = {}
        @last_tag = 0
        @used = false
      end

      def used?
        @lock.synchronize { @used }
      end

      def add(submission)
        @lock.synchronize do
          @used = true
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
          @used = false
        end
      end
    end
    private_constant :Submissions
  end
end
