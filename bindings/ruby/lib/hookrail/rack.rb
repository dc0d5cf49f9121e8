# frozen_string_literal: true

require_relative "../hookrail"

module Hookrail
  # For receivers that are Rack applications (Rack 2 and 3).
  module Rack
    autoload :VerifySignature, File.expand_path("rack/verify_signature", __dir__)
    autoload :VerifyPaths, File.expand_path("rack/verify_paths", __dir__)
    autoload :ReceivedDelivery, File.expand_path("rack/received_delivery", __dir__)
  end
end
