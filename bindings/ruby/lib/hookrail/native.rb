# frozen_string_literal: true

require "ffi"
require_relative "native/library"

module Hookrail
  # The C ABI. Its reference is hookrail.h.
  #
  # Each function is attached with its blocking mode said: a call with `blocking: true` lets other
  # threads run and is woken by a signal when its thread is to be interrupted. Nothing that waits may be
  # without it, and nothing else should have it: at its end Ruby raises what is due, and the result of
  # the call is lost if nobody keeps it.
  # @api private
  module Native
    extend FFI::Library

    # The library that was found.
    LIBRARY = Library.load

    # Every attached function with whether it was attached as blocking.
    BLOCKING = {} # rubocop:disable Style/MutableConstant -- filled by .function, frozen by the last of them

    ffi_lib LIBRARY.path

    # Attaches a function.
    def self.function(name, parameters, result, blocking:)
      attach_function(name, parameters, result, blocking:)
      BLOCKING[name] = blocking
    rescue FFI::NotFoundError
      raise LibraryLoadError, "#{LIBRARY.path} lacks the function #{name}: install a libhookrail of the same " \
                              "version as this gem (#{VERSION}), or let HOOKRAIL_LIB name one"
    end
    private_class_method :function
  end
end

require_relative "native/functions"
require_relative "native/handle"
require_relative "native/failure"
require_relative "native/convert"
require_relative "native/options"
require_relative "native/call"
require_relative "native/deadline"
require_relative "native/completion"
require_relative "native/finding"
