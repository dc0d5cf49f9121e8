# frozen_string_literal: true

require "openssl"

# Issues certificates.
class Authority
  attr_reader :certificate

  def initialize(name)
    @key = OpenSSL::PKey::EC.generate("prime256v1")
    @certificate = make(name, @key, { basicConstraints: "critical,CA:TRUE", keyUsage: "critical,keyCertSign" })
  end

  # @return [Array] the certificate and its key
  def issue(name, **extensions)
    key = OpenSSL::PKey::EC.generate("prime256v1")
    [make(name, key, extensions), key]
  end

  private

  def make(name, key, extensions)
    issued = OpenSSL::X509::Certificate.new
    issued.version = 2
    issued.serial = rand(1 << 64)
    issued.subject = OpenSSL::X509::Name.new([["CN", name]])
    issued.issuer = @certificate ? @certificate.subject : issued.subject
    issued.public_key = key
    issued.not_before = Time.now - 3600
    issued.not_after = Time.now + 3600
    factory = OpenSSL::X509::ExtensionFactory.new(@certificate || issued, issued)
    extensions.each { |extension, value| issued.add_extension(factory.create_ext(extension.name, value)) }
    issued.sign(@key, "SHA256")
  end
end
