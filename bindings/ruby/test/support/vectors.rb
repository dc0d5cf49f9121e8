# frozen_string_literal: true

require "json"

# The test cases that all languages run; the README in tests/vectors describes them.
class Vectors
  FOLDER = File.expand_path("../../../../tests/vectors", __dir__)

  def self.each(file, &)
    JSON.parse(File.read(File.join(FOLDER, "#{file}.json"))).fetch("cases").map { |data| new(data) }.each(&)
  end

  def initialize(data)
    @data = data
  end

  def name
    @data.fetch("name").gsub(/\W+/, "_")
  end

  def status
    @data.fetch("status")
  end

  def expected(*members)
    @data.values_at(*members)
  end

  def verify
    verifier.verify(bytes("body"), **headers)
  end

  # Splits the body at places that may be inside a UTF-8 character or a block of the hash.
  def verify_in_pieces
    body = bytes("body")
    verification = verifier.start(**headers)
    [body.byteslice(0, 1), body.byteslice(1, 63), body.byteslice(64..)].compact.each { |piece| verification << piece }
    verification.finish
  end

  def sign
    Hookrail::Testing.sign(bytes("body"), secret: bytes("secret"), delivery_id: bytes("delivery_id"),
                                          timestamp: @data.fetch("timestamp"))
  end

  # Signs now, because the system's clock judges the time.
  def verify_request
    Hookrail::Verifier.new(bytes("secret")).verify_request(fields, bytes("body"))
  end

  private

  # Returns the header fields; a Rack server joins repeated ones.
  def fields
    signature = Hookrail::Testing.sign(bytes("body"), secret: bytes("secret"), delivery_id: bytes("delivery_id"))
    signed = { "delivery_id" => bytes("delivery_id"), "signature" => signature,
               **%w[t v1].zip(signature.split(",")).to_h }
    pairs = @data.fetch("headers").map { |pair| pair.map { |text| text.gsub(/{{(\w+)}}/) { signed.fetch(_1[2..-3]) } } }
    grouped = pairs.group_by(&:first).transform_values { |same| same.map(&:last) }
    @data.fetch("form") == "cgi" ? grouped.transform_values { |values| values.join(", ") } : grouped
  end

  def verifier
    Hookrail::Verifier.new(list("secrets"), tolerance: @data.fetch("tolerance"))
  end

  def headers
    { signature: bytes("header"), delivery_id: bytes("delivery_id"), now: @data.fetch("now") }
  end

  def bytes(member)
    return text(@data[member]) if @data.key?(member)

    hex(@data.fetch("#{member}_hex"))
  end

  def list(member)
    return @data[member].map { |value| text(value) } if @data.key?(member)

    @data.fetch("#{member}_hex").map { |value| hex(value) }
  end

  def text(value)
    value.is_a?(Hash) ? value.fetch("repeat") * value.fetch("count") : value
  end

  def hex(value)
    [text(value)].pack("H*")
  end
end
