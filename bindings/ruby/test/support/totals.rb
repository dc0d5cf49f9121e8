# frozen_string_literal: true

# Prints the result of each test and the totals, in the format from which the project adds its test runs up.
class Totals < Minitest::StatisticsReporter
  def start
    super
    return unless defined?(WRITTEN_TESTS) && !options[:filter]

    all = Minitest::Runnable.runnables.sum { |tests| tests.runnable_methods.size }
    io.puts "planned #{all - WRITTEN_TESTS}"
    io.flush
  end

  def record(result)
    super
    io.puts "#{"not " unless result.passed?}ok #{result.location.split.first}"
    # If the process is killed, lines in the buffer are lost.
    io.flush
  end

  def report
    super
    failed = failures + errors + skips
    io.puts "#{count - failed} passed, #{failed} failed"
  end
end

# Registers the reporter in Minitest: last, so that it prints the last line, and instead of the dots.
module Minitest
  def self.plugin_totals_init(options)
    reporter.reporters.reject! { |other| other.is_a?(ProgressReporter) }
    reporter << Totals.new(options[:io], options)
  end
end
Minitest.extensions << "totals"
