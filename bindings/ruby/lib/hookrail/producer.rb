# frozen_string_literal: true

require "io/wait"
require_relative "submissions"
require_relative "reporter"

module Hookrail
  # The Ruby side of a client's producer: it collects completions and assigns them to their submissions.
  #
  # It has no thread of its own, unless finished submissions have to be reported. Among the threads and fibers
  # that wait, one is the leader and waits for the library's event descriptor; the others sleep until the leader
  # has collected something.
  # @api private
  class Producer
    # How many completions are collected at once.
    BATCH = 64

    # A thread waits at most this many seconds before it looks again. The descriptor does not become readable when room
    # in the queue comes before a result, and an exception from a signal handler can prevent a notification.
    RECHECK = 0.2

    # @param queue [Native::Queue]
    # @param instrumentation [Instrumentation]
    # @param on_error [#call, nil] the background error handler
    def initialize(queue, instrumentation, on_error)
      @queue = queue
      @reporter = Reporter.new(self, instrumentation, on_error)
      @submissions = Submissions.new
      @lock = Thread::Mutex.new
      @changed = Thread::ConditionVariable.new
      @ready = []
      @closed = false
      @leads_until = 0
      @pid = Process.pid
    end

    # Queues an event.
    #
    # @param function [Symbol] the function that queues it
    # @param arguments [Array] its arguments between the client and the tag
    # @param wait [Numeric, nil] how many seconds to wait for room in the queue
    # @param event [Hash] the arguments of {Submission#initialize}
    def submit(function, arguments, wait, **event)
      deadline = Native::Deadline.new(wait || 0, :wait)
      refresh
      submission = Submission.new(self, **event)
      tag = @submissions.add(submission)
      @reporter.start if @reporter.wanted?
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
      @io ||= IO.for_fd(@queue.descriptor, autoclose: false)
    end

    def cancel(token)
      refresh
      @queue.cancel(token)
    end

    def purge(**which)
      @queue.purge(**which)
    end

    def pending
      %i[queued in_flight completions].zip(@queue.pending).to_h
    end

    def flush(timeout)
      remaining = FFI::MemoryPointer.new(:size_t)
      begin
        uninterrupted(Native::Deadline.new(timeout, :timeout)) { |ms| @queue.flush(ms, remaining) }
      rescue TimeoutError
        # The caller gets the number of remaining events instead.
      end
      remaining.read(:size_t)
    end

    def close(timeout)
      unsent = FFI::MemoryPointer.new(:size_t)
      deadline = Native::Deadline.new(timeout, :timeout)
      uninterrupted(deadline) do |ms|
        @queue.close(ms, unsent)
      ensure
        # Only now: until then another thread may still submit.
        @closed = true
      end
      finish_reporting(deadline) if @reporter.wanted?
      unsent.read(:size_t)
    end

    # Returns whether no submission is unfinished.
    def idle?
      @submissions.empty?
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

    # Waits for a notification, at most this many seconds. The caller holds the lock.
    def sleep(seconds)
      @changed.wait(@lock, seconds) unless @closed
    end

    # Wakes all waiting threads up. The caller holds the lock.
    def notify_all
      @changed.broadcast
    end

    private

    # @return [QueueFullError, nil] why there is no room
    def enqueue(function, arguments, tag, submission)
      @queue.submit(function, arguments, tag) { |token| submission.token = token }
      nil
    rescue QueueFullError => e
      # Completions that no thread is waiting for must not keep the queue full.
      @completions || collect(BATCH).zero? ? e : retry
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
      Thread.handle_interrupt(Object => :never) { locked { notify_all } }
    end

    # Passes completions to their submissions, and returns how many. The caller holds the lock. Interrupts from
    # other threads are held off; an exception from a signal handler is not, and then the next call continues.
    def collect(max)
      Thread.handle_interrupt(Object => :never) do
        batch = (@batch ||= @queue.batch(max))
        batch.fill
        batch.each { |completion| resolve(completion) }
        @batch = nil
        notify_all unless batch.count.zero?
        batch.count
      end
    end

    # Each step can be repeated.
    def resolve(completion)
      submission = @submissions.find(completion[:tag])
      return unless submission

      submission.resolve(**completion.values)
      @ready << submission unless !@completions || @ready.last.equal?(submission)
      @reporter.add(submission)
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
        @reporter.forget
        @pid = Process.pid
      end
    end

    def forked
      ForkedError.new("this submission was made by the parent of this process, which gets its result")
    end

    # Waits until all submissions have been reported. The program may have left results of a closed client uncollected.
    def finish_reporting(deadline)
      refresh
      wait_until(deadline, collects: true) { collect(BATCH) && idle? } if @completions
      @reporter.finish(deadline)
    end

    # Repeats the call after every signal, once Ruby has handled it. A fiber scheduler cannot take over the
    # library's own waits, so under a scheduler a thread does the waiting.
    def uninterrupted(deadline, &)
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
  end
end
