# frozen_string_literal: true

# Says the totals in the line that the project's test runs are added up by.
class Totals < Minitest::StatisticsReporter
  def report
    super
    failed = failures + errors + skips
    io.puts "#{count - failed} passed, #{failed} failed"
  end
end

# Minitest's way to take a reporter in: last, for the last line.
module Minitest
  def self.plugin_totals_init(options)
    reporter << Totals.new(options[:io], options)
  end
end
Minitest.extensions << "totals"
