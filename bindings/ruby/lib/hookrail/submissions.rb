# frozen_string_literal: true

module Hookrail
  # The unfinished submissions, by the tags of their completions.
  # @api private
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
end
