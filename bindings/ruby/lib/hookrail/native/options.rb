# frozen_string_literal: true

module Hookrail
  module Native
    # Fills native option handles from keyword arguments.
    # @api private
    module Options
      # Settings of a client in seconds.
      TIMEOUTS = {
        timeout: :total_timeout_ms, connect_timeout: :connect_timeout_ms, read_timeout: :read_timeout_ms,
        write_timeout: :write_timeout_ms, delivery_timeout: :delivery_timeout_ms,
        max_connection_age: :max_connection_age_ms
      }.freeze

      # The settings among them that 0 switches off.
      OPTIONAL_TIMEOUTS = %i[max_connection_age].freeze

      # Settings of a client that are whole numbers.
      NUMBERS = {
        max_retries: 0..(2**31) - 1, workers: 1..4096, idle_connections: 0..(2**31) - 1, payload_limit: 0..(2**62),
        queue_max_events: 1..(2**62), queue_max_bytes: 1..(2**62)
      }.freeze

      # Settings of a client that are text.
      TEXTS = { ca_pem: :add_ca_pem, ca_file: :add_ca_file, user_agent_suffix: :set_user_agent_suffix,
                unix_socket: :set_unix_socket }.freeze

      # The library's own backoff in milliseconds.
      DEFAULT_BACKOFF = 200
      DEFAULT_BACKOFF_CAP = 10_000

      # Settings of a client that are true or false.
      FLAGS = %i[respect_retry_after require_https require_base_url].freeze

      # The keywords of {Client#initialize} besides the API key and the base URL.
      KNOWN = [*TIMEOUTS.keys, *NUMBERS.keys, *TEXTS.keys, :backoff, :backoff_cap, *FLAGS, :tls_roots, :proxy,
               :headers, :client_certificate, :client_key].freeze

      class << self
        # @return [Handle] the options of a client; nil stands for the default
        def client(settings)
          unknown = settings.keys - KNOWN
          raise InvalidArgumentError, unknown_settings(unknown) unless unknown.empty?

          handle = Handle.make(:client_options)
          set(handle, :set_binding, *Native.text_arguments("ruby", :binding))
          settings.compact.each { |name, value| apply(handle, name, value) }
          add_headers(handle, :hookrail_client_options_add_header, settings[:headers])
          ClientCertificate.set(handle, *settings.values_at(:client_certificate, :client_key))
          backoff(handle, **settings.slice(:backoff, :backoff_cap, :timeout).compact)
          handle
        end

        # Adds the headers that have a value.
        def add_headers(handle, function, headers)
          unless headers.nil? || headers.respond_to?(:to_hash)
            raise InvalidArgumentError, "headers must be a Hash of names and values, not a #{headers.class}"
          end

          headers.to_h.compact.each do |name, value|
            name = name.name if name.is_a?(Symbol)
            Native.call(function, handle.pointer, *Native.text_arguments(name, "the name of a header"),
                        *Native.text_arguments(value, "the header #{name}"))
          end
        end

        private

        def set(handle, setter, *arguments)
          Native.call(:"hookrail_client_options_#{setter}", handle.pointer, *arguments)
        end

        def apply(handle, name, value)
          if TIMEOUTS.key?(name)
            milliseconds = Native.milliseconds(value, name, zero: OPTIONAL_TIMEOUTS.include?(name))
            set(handle, :"set_#{TIMEOUTS[name]}", milliseconds)
          elsif NUMBERS.key?(name)
            set(handle, :"set_#{name}", Native.integer(value, name, NUMBERS[name]))
          elsif TEXTS.key?(name)
            value = value.to_path if value.respond_to?(:to_path)
            set(handle, TEXTS[name], *Native.text_arguments(value, name))
          else
            other(handle, name, value)
          end
        end

        def other(handle, name, value)
          case name
          when *FLAGS
            set(handle, :"set_#{name}", value ? true : false)
          when :tls_roots
            roots = TLS_ROOTS.fetch(value) do
              raise InvalidArgumentError, "tls_roots must be :platform or :extra_only, not #{value.inspect}"
            end
            set(handle, :set_tls_roots, roots)
          when :proxy
            # To the library NULL means "no proxy at all".
            set(handle, :set_proxy, *(value == false ? [nil, 0] : Native.text_arguments(value, :proxy)))
          end
        end

        # Sets both; the one that is not given gets the value it would have without the other.
        def backoff(handle, **given)
          times = given.to_h { |name, seconds| [name, Native.milliseconds(seconds, name)] }
          base, cap, timeout = times.values_at(:backoff, :backoff_cap, :timeout)
          return unless base || cap

          base ||= [DEFAULT_BACKOFF, cap].min
          cap ||= [base, [DEFAULT_BACKOFF_CAP, timeout].compact.min].max
          set(handle, :set_backoff_ms, base, cap)
        end

        def unknown_settings(unknown)
          "unknown keyword#{"s" if unknown.size > 1} #{unknown.map(&:inspect).join(", ")}; there are api_key, " \
            "base_url, #{KNOWN.join(", ")}, on_error, logger"
        end
      end
    end
  end
end
