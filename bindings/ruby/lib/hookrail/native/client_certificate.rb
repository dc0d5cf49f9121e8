# frozen_string_literal: true

module Hookrail
  module Native
    # Sets a client's certificate. Certificate and key are paths of files, text in PEM, or objects of OpenSSL.
    # @api private
    module ClientCertificate
      # Text in PEM has such a line; a path hardly.
      PEM = /^-----BEGIN /
      private_constant :PEM

      class << self
        # @param options [Handle] the options of the client
        def set(options, certificate, key)
          return if certificate.nil? && key.nil?
          raise InvalidArgumentError, "client_key needs a client_certificate" if certificate.nil?

          certificate = text(certificate, :client_certificate)
          key = text(key, :client_key) unless key.nil?
          Native.call(:"hookrail_client_options_set_client_certificate_#{kind(certificate, key)}", options.pointer,
                      *Native.text_arguments(certificate, :client_certificate),
                      *(key ? Native.text_arguments(key, :client_key) : [nil, 0]))
        end

        private

        # @return [String] "pem" or "file"
        def kind(*texts)
          in_pem = texts.compact.map { |given| PEM.match?(given.b) }.uniq
          return in_pem.first ? "pem" : "file" if in_pem.size == 1

          raise InvalidArgumentError, "client_certificate and client_key must both be paths, or both be in PEM"
        end

        def text(given, name)
          return given.map { |one| text(one, name) }.join("\n") if given.is_a?(Array)
          return given.to_path if given.respond_to?(:to_path)
          return given.private_to_pem if given.respond_to?(:private_to_pem)
          return given.to_pem if given.respond_to?(:to_pem)

          Native.utf8(given, name)
        end
      end
    end
  end
end
