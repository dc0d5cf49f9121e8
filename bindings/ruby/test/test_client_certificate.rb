# frozen_string_literal: true

require_relative "helper"
require_relative "support/authority"
require_relative "support/small_service"
require "pathname"
require "tmpdir"

# A service demands a certificate of the client (mutual TLS).
class TestClientCertificate < HookrailTest
  def setup
    @authority = Authority.new("test authority")
    @certificate, @key = @authority.issue("the shop", extendedKeyUsage: "clientAuth")
    context = OpenSSL::SSL::SSLContext.new
    certificate, key = @authority.issue("server", subjectAltName: "IP:127.0.0.1", extendedKeyUsage: "serverAuth")
    context.add_certificate(certificate, key)
    context.verify_mode = OpenSSL::SSL::VERIFY_PEER | OpenSSL::SSL::VERIFY_FAIL_IF_NO_PEER_CERT
    context.cert_store = OpenSSL::X509::Store.new.tap { |store| store.add_cert(@authority.certificate) }
    listener = TCPServer.new("127.0.0.1", 0)
    @url = "https://127.0.0.1:#{listener.addr[1]}"
    @service = SmallService.new(OpenSSL::SSL::SSLServer.new(listener, context)) do |connection, _line|
      connection.peer_cert.subject.to_s
    end
  end

  def teardown
    @service.stop
    super
  end

  def client(**settings)
    Hookrail::Client.new(api_key: API_KEY, base_url: @url, ca_pem: @authority.certificate.to_pem,
                         tls_roots: :extra_only, connect_timeout: NEVER, **settings)
  end

  def test_the_certificate_is_shown_in_each_form
    Dir.mktmpdir do |folder|
      paths = { certificate: @certificate.to_pem, key: @key.to_pem, both: @certificate.to_pem + @key.to_pem }
              .to_h { |name, text| [name, File.join(folder, name.name).tap { |path| File.write(path, text) }] }
      [{ client_certificate: @certificate, client_key: @key },
       { client_certificate: [@certificate, @authority.certificate], client_key: @key.to_pem },
       { client_certificate: @certificate.to_pem, client_key: @key.to_pem },
       { client_certificate: @certificate.to_pem + @key.to_pem },
       { client_certificate: paths[:certificate], client_key: paths[:key] },
       { client_certificate: Pathname(paths[:certificate]), client_key: Pathname(paths[:key]) },
       { client_certificate: paths[:both] }].each do |settings|
        assert_equal "e_1", client(**settings).send_event("a", {}).event_id
        assert_equal "/CN=the shop", @service.seen.pop
      end
    end
  end

  def test_without_one_or_with_one_of_another_authority_the_service_refuses
    other, key = Authority.new("another authority").issue("the shop", extendedKeyUsage: "clientAuth")
    [{}, { client_certificate: other, client_key: key }].each do |settings|
      error = assert_raises(Hookrail::Error) { client(**settings, max_retries: 1, backoff: 0.001).send_event("a", {}) }
      assert_instance_of Hookrail::TLSError, error.last_error
      refute_equal :delivered, error.outcome
    end
    assert_empty @service.seen
  end

  def test_what_does_not_fit_is_refused_when_the_client_is_made
    _, other = @authority.issue("another")
    { { client_certificate: @certificate, client_key: other } => Hookrail::ConfigurationError,
      { client_certificate: @certificate } => Hookrail::ConfigurationError,
      { client_certificate: "/nonexistent.pem" } => Hookrail::ConfigurationError,
      { client_certificate: "/nonexistent.pem", client_key: @key } => Hookrail::InvalidArgumentError,
      { client_key: @key } => Hookrail::InvalidArgumentError,
      { client_certificate: 5 } => Hookrail::InvalidArgumentError }.each do |settings, error_class|
      error = assert_raises(error_class, settings.keys.inspect) { client(**settings) }
      [other, @key].each { |secret| refute_includes error.full_message, secret.to_pem.lines[1].chomp }
    end
  end
end
