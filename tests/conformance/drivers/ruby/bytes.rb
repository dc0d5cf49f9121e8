# frozen_string_literal: true

# Bytes in requests and answers.
module Bytes
  module_function

  # @return [String, nil] bytes
  def read(value)
    value&.unpack1("m")
  end

  # @return [String, nil] bytes labelled as text, unchecked
  def text(value)
    read(value)&.force_encoding(Encoding::UTF_8)
  end

  # @return [String, nil]
  def write(bytes)
    [bytes].pack("m0") if bytes
  end
end
