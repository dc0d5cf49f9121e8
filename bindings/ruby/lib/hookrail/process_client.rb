# frozen_string_literal: true

# The client that a process shares.
module Hookrail
  # The client that the whole process shares: made at the first use, and anew in a process made by fork.
  # @api private
  class ProcessClient
    # How many seconds submitted events get at the end of the process, unless the settings say otherwise.
    CLOSE_TIMEOUT = 5

    def initialize
      @lock = Thread::Mutex.new
      @settings = -> { {} }
      @closes_at_exit = false
    end

    # Sets the block that returns the settings. It runs when the client is made.
    #
    # @raise [ConfigurationError]
    def configure(&settings)
      @lock.synchronize do
        if current
          raise ConfigurationError, "this process has made its client already: call Hookrail.configure before the " \
                                    "first use of Hookrail.client, or call Hookrail.close first"
        end
        @settings = settings
      end
    end

    # @return [Client]
    def get
      # Without the lock, which a signal handler may not take.
      current || @lock.synchronize { current || make }
    end

    # Puts another object in the client's place.
    def replace(client)
      @lock.synchronize { keep(client) }
    end

    # @return [Integer] the number of events that were not sent
    def close(timeout)
      client = @lock.synchronize { current.tap { keep(nil) } }
      client ? client.close(timeout:) : 0
    end

    private

    # @return [Client, nil] the client of this process
    def current
      client, pid = @client
      client if pid == Process.pid
    end

    def keep(client)
      # One assignment, because readers do not take the lock.
      @client = client && [client, Process.pid].freeze
      client
    end

    def make
      settings = @settings.call
      @close_timeout = settings.fetch(:close_timeout, CLOSE_TIMEOUT)
      client = Client.new(**settings.except(:close_timeout))
      close_at_exit
      keep(client)
    end

    # A child inherits the handler. There it closes the child's client, if the child has made one.
    def close_at_exit
      return if @closes_at_exit

      @closes_at_exit = true
      at_exit do
        # An at_exit handler that was set earlier runs later, and may make the next client.
        @closes_at_exit = false
        left = close(@close_timeout)
        warn "hookrail: #{left} submitted events were not sent before the process ended" if left.positive?
      end
    end
  end

  PROCESS_CLIENT = ProcessClient.new
  private_constant :PROCESS_CLIENT

  class << self
    # Sets the settings of {client}. Call it before the first use. In a Rails application, set `config.hookrail`
    # instead.
    #
    # @param close_timeout [Float, nil] how many seconds submitted events get at the end of the process; nil: until
    #   each is sent or has used up its time budget
    # @param settings [Hash] those of {Client#initialize}
    # @return [nil]
    # @raise [ConfigurationError] this process has made its client already
    def configure(close_timeout: ProcessClient::CLOSE_TIMEOUT, **settings)
      PROCESS_CLIENT.configure { { close_timeout:, **settings } }
      nil
    end

    # The client that the whole process shares. It is made at the first use, and closed when the process ends: submitted
    # events are sent for up to `close_timeout`, 5 seconds by default. A process made by fork makes its own at its first
    # use.
    #
    # `exit!` and SIGKILL skip the end: wait for submitted events before them. A signal handler cannot make the client,
    # since Ruby allows no Mutex there, and can use it once it is made.
    #
    # @return [Client]
    # @raise [ConfigurationError, InvalidArgumentError] the client cannot be made
    def client
      PROCESS_CLIENT.get
    end

    # Puts another object in the place of {client}, such as a fake in a test.
    #
    # @param client [Object, nil] nil: the next use makes a client again
    def client=(client)
      PROCESS_CLIENT.replace(client)
    end

    # Closes the client of this process, if it has made one. The next use of {client} makes another.
    #
    # @param timeout [Float, nil] nil waits until each event is sent or has used up its time budget
    # @return [Integer] the number of cancelled events
    def close(timeout: nil)
      PROCESS_CLIENT.close(timeout)
    end
  end
end
