# frozen_string_literal: true

module Hookrail
  # The version of this gem, which is that of the native library it was made for.
  VERSION = "0.1.0"
end
