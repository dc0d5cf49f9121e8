# frozen_string_literal: true

module Hookrail
  # Passes finished submissions to those that the program has named: the background error handler, the logger and the
  # subscribers of ActiveSupport::Notifications.
  #
  # It does so in one thread of its own. The thread collects completions while submissions are unfinished, and ends some
  # time after the last one. The next submit starts another, also in a process made by fork.
  # @api private
  class Reporter
    # How many seconds the thread waits for the next submit.
    IDLE = 1

    # How many seconds {#finish} waits at least: reports need some time after a close that has used up its own.
    GRACE = 1

    # @param instrumentation [Instrumentation]
    # @param on_error [#call, nil] the background error handler
    # @raise [InvalidArgumentError]
    def initialize(producer, instrumentation, on_error)
      unless on_error.nil? || on_error.respond_to?(:call)
        raise InvalidArgumentError, "on_error must be a Proc or respond to call, not be a #{on_error.class}"
      end

      @producer = producer
      @instrumentation = instrumentation
      @on_error = on_error
      forget
    end

    # Forgets the submissions and the thread of the parent in a process made by fork.
    def forget
      @finished = []
      @thread = nil
      @resting = false
    end

    # Returns whether there is anything to report to.
    def wanted?
      !@on_error.nil? || @instrumentation.wants_submissions?
    end

    # Takes a finished submission. The caller holds the producer's lock.
    def add(submission)
      return if @finished.last.equal?(submission) || !wanted?

      @finished << submission
    end

    # Starts the thread, or wakes it up.
    def start
      @producer.locked do
        if @thread&.alive?
          @producer.notify_all if @resting
        else
          @thread = Thread.new { run }
        end
      end
    rescue ThreadError
      # The process may make no more threads. The next submit, or the close, tries again.
    end

    # Waits until all submissions have been reported. Within a report it does not wait.
    #
    # @param deadline [Native::Deadline]
    def finish(deadline)
      start
      thread = @thread
      return if thread.nil? || thread == Thread.current || thread.join(deadline.remaining&.clamp(GRACE..))

      @instrumentation.complain("close has returned before each failure was reported to on_error")
    end

    private

    def run
      Thread.current.name = "hookrail on_error"
      loop do
        submission = nil
        @producer.wait(nil) { (submission = @finished.shift) || @producer.idle? }
        submission ? report(submission) : rest && break
      end
    end

    # Sleeps until the next submit. Returns whether the thread ends because none has come.
    def rest
      @producer.locked do
        @resting = true
        @producer.sleep(IDLE) if @producer.idle?
        @resting = false
        next false unless @producer.idle? && @finished.empty?

        @thread = nil
        true
      end
    end

    def report(submission)
      @instrumentation.submission(submission)
      @on_error&.call(submission) if submission.error
    rescue StandardError, ScriptError => e
      @instrumentation.complain("on_error raised an exception: #{e.full_message(highlight: false)}")
    end
  end
end
