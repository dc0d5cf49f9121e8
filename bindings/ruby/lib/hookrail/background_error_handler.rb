# frozen_string_literal: true

module Hookrail
  # Calls the program's handler for each submission that fails.
  #
  # It runs the handler in one thread of its own. The thread collects completions while submissions are unfinished, and
  # ends some time after the last one. The next submit starts another, also in a process made by fork.
  # @api private
  class BackgroundErrorHandler
    # How many seconds the thread waits for the next submit.
    IDLE = 1

    # How many seconds {#finish} waits at least: the handler needs some time after a close that has used up its own.
    GRACE = 1

    # @param handler [#call]
    # @raise [InvalidArgumentError]
    def initialize(producer, handler)
      unless handler.respond_to?(:call)
        raise InvalidArgumentError, "on_error must be a Proc or respond to call, not be a #{handler.class}"
      end

      @producer = producer
      @handler = handler
      forget
    end

    # Forgets the failures and the thread of the parent in a process made by fork.
    def forget
      @failures = []
      @thread = nil
      @resting = false
    end

    # Takes a failed submission. The caller holds the producer's lock.
    def add(submission)
      @failures << submission unless @failures.last.equal?(submission)
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

    # Waits until the handler has run for all failures. Within the handler it does not wait.
    #
    # @param deadline [Native::Deadline]
    def finish(deadline)
      start
      thread = @thread
      return if thread.nil? || thread == Thread.current || thread.join(deadline.remaining&.clamp(GRACE..))

      warn("hookrail: close has returned before on_error has run for each failure", category: nil)
    end

    private

    def run
      Thread.current.name = "hookrail on_error"
      loop do
        failure = nil
        @producer.wait(nil) { (failure = @failures.shift) || @producer.idle? }
        failure ? report(failure) : rest && break
      end
    end

    # Sleeps until the next submit. Returns whether the thread ends because none has come.
    def rest
      @producer.locked do
        @resting = true
        @producer.sleep(IDLE) if @producer.idle?
        @resting = false
        next false unless @producer.idle? && @failures.empty?

        @thread = nil
        true
      end
    end

    def report(submission)
      @handler.call(submission)
    rescue StandardError, ScriptError => e
      warn("hookrail: on_error raised an exception: #{e.full_message(highlight: false)}")
    end
  end
end
