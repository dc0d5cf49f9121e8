# frozen_string_literal: true

module Hookrail
  # The version of this gem, and of the native library that belongs to it.
  VERSION = "0.1.0"
end
