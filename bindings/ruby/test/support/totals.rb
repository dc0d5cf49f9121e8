# frozen_string_literal: true

# Says the result of each test and the totals, in the lines by which the project's test runs are added up.
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
    # What is still in the buffer when the process is killed was never said.
    io.flush
  end

  def report
    super
    failed = failures + errors + skips
    io.puts "#{count - failed} passed, #{failed} failed"
  end
end

# Minitest's way to take a reporter in: last, for the last line, and in the place of the dots.
module Minitest
  def self.plugin_totals_init(options)
    reporter.reporters.reject! { |other| other.is_a?(ProgressReporter) }
    reporter << Totals.new(options[:io], options)
  end
end
Minitest.extensions << "totals"
