# frozen_string_literal: true

require "ffi"
require_relative "native/library"

module Hookrail
  # The C ABI. Its reference is hookrail.h.
  #
  # Each function is attached with an explicit blocking mode. A call with `blocking: true` lets other threads
  # run, and a signal wakes it when Ruby wants to interrupt its thread. Every function that waits needs it, and
  # no other function should have it: when such a call ends, Ruby raises pending interrupts, and the result of
  # the call is lost unless it was written to memory that outlives the call.
  # @api private
  module Native
    extend FFI::Library

    # The loaded library.
    LIBRARY = Library.load

    # How a function was attached.
    Signature = Struct.new(:parameters, :result, :blocking, keyword_init: true)

    # The signature of each attached function.
    FUNCTIONS = {} # rubocop:disable Style/MutableConstant -- filled by .function, frozen after the last one

    ffi_lib LIBRARY.path

    # Attaches a function.
    def self.function(name, parameters, result, blocking:)
      attach(name, parameters, result, blocking:)
      FUNCTIONS[name] = Signature.new(parameters:, result:, blocking:).freeze
    rescue FFI::NotFoundError
      raise LibraryLoadError, "#{LIBRARY.path} lacks the function #{name}: install a libhookrail of the same " \
                              "version as this gem (#{VERSION}), or let HOOKRAIL_LIB name one"
    end
    private_class_method :function

    # Makes a function a method. ffi needs executable memory for such a method, and raises a RuntimeError where the
    # system refuses it (SELinux without execmem, PaX, MemoryDenyWriteExecute). There the call goes through an object,
    # which takes twice the time.
    def self.attach(name, parameters, result, blocking:)
      attach_function(name, parameters, result, blocking:)
    rescue RuntimeError
      function = FFI::Function.new(result, parameters, LIBRARY.handle.find_function(name.name), blocking:)
      define_singleton_method(name) { |*arguments| function.call(*arguments) }
    end
    private_class_method :attach
  end
end

require_relative "native/functions"
require_relative "native/constants"
require_relative "native/handle"
require_relative "native/errors"
require_relative "native/attempt_records"
require_relative "native/convert"
require_relative "native/client_certificate"
require_relative "native/options"
require_relative "native/send_options"
require_relative "native/blob"
require_relative "native/call"
require_relative "native/fiber_waits"
require_relative "native/calls"
require_relative "native/deadline"
require_relative "native/completion"
require_relative "native/queue"
require_relative "native/verification_result"
