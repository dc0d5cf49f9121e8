# frozen_string_literal: true

files = Dir[File.join(__dir__, "test_*.rb")]
# Counts before loading: if a file cannot be loaded, all of these are missing. Tests defined in loops are extra.
WRITTEN_TESTS = files.sum { |file| File.read(file).scan(/^ *def test_/).size }
puts "planned #{WRITTEN_TESTS}"
$stdout.flush
files.each { |file| require file }
