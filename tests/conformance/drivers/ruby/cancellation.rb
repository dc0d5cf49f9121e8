# frozen_string_literal: true

# Ends calls by an exception, as a Ruby program does.
module Cancellation
  # Ends a call.
  class Cancelled < StandardError; end

  @armed = false

  trap(:USR1) { raise Cancelled, "by a signal" if @armed }

  # Runs a call and ends it as the request says.
  def self.apply(how, &)
    case how
    when nil
      yield
    when "before"
      Thread.handle_interrupt(Cancelled => :never) do
        Thread.current.raise(Cancelled, "before the call")
        Thread.handle_interrupt(Cancelled => :immediate, &)
      end
    when "signal"
      begin
        @armed = true
        yield
      ensure
        @armed = false
      end
    end
  end
end
