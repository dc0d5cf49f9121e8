# frozen_string_literal: true

require "io/wait"

module Hookrail
  module Native
    # The waits of fibers for background calls. One descriptor tells of all calls of a client.
    #
    # Among the fibers of a scheduler, one is the leader: it waits for the descriptor, collects the calls that are done,
    # also those of other schedulers, and wakes their fibers. The others sleep.
    # @api private
    class FiberWaits
      # How many seconds the leader sleeps if the process may open no descriptor. The calls go on all the same.
      LOOK_AGAIN = 0.01
      private_constant :LOOK_AGAIN

      # @param client [Handle]
      def initialize(client)
        @client = client
        @pid = Process.pid
        @waits = {}
        @groups = {}.compare_by_identity
      end

      # Waits until a call is done.
      #
      # @param call [FFI::Pointer]
      def wait(call)
        refresh
        scheduler = Fiber.current_scheduler
        group = (@groups[scheduler] ||= Group.new)
        wait = Wait.new
        group.add(wait)
        @waits[wait.tag] = wait
        Native.call(:hookrail_call_report, call, wait.tag)
        group.leads?(wait) ? lead(group) : wait.sleep until wait.over?
      ensure
        surely { leave(wait, group, scheduler) } if wait
      end

      private

      # Waits for the descriptor and ends the waits for the calls that are done.
      def lead(group)
        descriptor ? descriptor.wait_readable : sleep(LOOK_AGAIN)
        surely { group.finished_calls.take(@client.pointer) { |tag| @waits.delete(tag)&.finish } }
      end

      def leave(wait, group, scheduler)
        @waits.delete(wait.tag)
        group.remove(wait)
        @groups.delete(scheduler) if group.empty?
      end

      # The descriptor for all calls; nil if the process may open no more.
      def descriptor
        @descriptor ||= begin
          place = FFI::MemoryPointer.new(:int32)
          Native.call(:hookrail_calls_fd, @client.pointer, place)
          IO.for_fd(place.read_int32, autoclose: false)
        end
      rescue OutOfResourcesError
        nil
      end

      # Ends the waits for the parent's calls in a process made by fork: their results are the parent's.
      def refresh
        return if @pid == Process.pid

        parents = @waits.values
        @waits = {}
        @groups = {}.compare_by_identity
        @descriptor = nil
        @pid = Process.pid
        parents.each(&:finish)
      end

      # Runs the block, again if an exception cuts it off: a lost wake-up would leave a fiber asleep for ever.
      # Interrupts from other threads are held off; an exception from a signal handler is not.
      def surely(&)
        done = false
        Thread.handle_interrupt(Object => :never) do
          yield
          done = true
        end
      ensure
        Thread.handle_interrupt(Object => :never, &) unless done
      end

      # The wait of one fiber.
      class Wait
        # A number that no other wait of the process ever has.
        alias tag object_id

        def initialize
          @wake_ups = Thread::Queue.new
          @over = false
        end

        # Sleeps until the wait is over, or until the fiber has to lead.
        def sleep
          @wake_ups.pop
        end

        def wake
          @wake_ups.push(nil)
        end

        def finish
          @over = true
          wake
        end

        def over?
          @over
        end
      end

      # The waits of a scheduler's fibers.
      class Group
        # @return [FinishedCalls]
        attr_reader :finished_calls

        def initialize
          @waits = {}.compare_by_identity
          @finished_calls = FinishedCalls.new
        end

        def add(wait)
          @leader ||= wait
          @waits[wait] = true
        end

        # Ends a wait. If it is the leader's, another becomes the leader.
        def remove(wait)
          @waits.delete(wait)
          return unless @leader.equal?(wait)

          successor, = @waits.first
          successor&.wake
          @leader = successor
        end

        def leads?(wait)
          @leader.equal?(wait)
        end

        def empty?
          @waits.empty?
        end
      end

      # The place for the tags of calls that are done.
      class FinishedCalls
        # How many are collected at once.
        BATCH = 64

        def initialize
          @tags = FFI::MemoryPointer.new(:uint64, BATCH)
          @count = FFI::MemoryPointer.new(:size_t)
          @next = 0
        end

        # Collects tags without a wait, unless there are some from a block that was cut off, and yields them. The block
        # may run twice for the same one.
        def take(client)
          if @next >= count
            @next = 0
            Native.call(:hookrail_calls_collect, client, @tags, BATCH, @count)
          end
          while @next < count
            yield @tags.get_uint64(@next * 8)
            @next += 1
          end
        end

        private

        def count
          @count.read(:size_t)
        end
      end
      private_constant :Wait, :Group, :FinishedCalls
    end
  end
end
