# frozen_string_literal: true

# The conformance driver of the Ruby gem; ../../README.md is its specification.

require_relative "driver"

Driver.new.run($stdin, $stdout)
