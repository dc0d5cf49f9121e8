# frozen_string_literal: true

require_relative "hookrail/version"
require_relative "hookrail/errors"
require_relative "hookrail/native"
require_relative "hookrail/values"
require_relative "hookrail/client"
require_relative "hookrail/process_client"
require_relative "hookrail/verifier"

# Sends events to a Hookrail service and verifies the webhooks it delivers.
#
# {Client} sends, {Verifier} verifies, {Rack::VerifySignature} verifies in front of a Rack
# application, {Testing} signs requests for tests. Every error is a {Error}; times are seconds.
module Hookrail
  autoload :Rack, File.expand_path("hookrail/rack", __dir__)
  autoload :Testing, File.expand_path("hookrail/testing", __dir__)

  # @return [String] the version of the native library that is loaded
  def self.library_version
    Native.hookrail_version
  end

  # @return [String] the path or name under which the native library was found
  def self.library_path
    Native::LIBRARY.path
  end
end

require_relative "hookrail/railtie" if defined?(Rails::Railtie)
