# frozen_string_literal: true

require_relative "bytes"
require_relative "cancellation"
require_relative "results"

# Clients by their names, and the submissions of each by their tags.
class Clients
  COMMANDS = %i[client_new send prepare send_prepared get_event stats close client_free submit submit_prepared collect
                flush pending cancel_submitted purge].freeze

  # A client and the events that were submitted to it.
  Entry = Struct.new(:client, :submissions)

  def initialize
    @entries = {}
  end

  def client_new(arguments)
    client = Hookrail::Client.new(**base(arguments), **settings(arguments[:options]))
    # From the first submission on, the driver collects the completions.
    client.completions
    @entries[arguments[:client]] = Entry.new(client, {}.compare_by_identity)
    {}
  end

  def client_free(arguments)
    @entries.delete(arguments[:client]).client.close(timeout: 0)
    {}
  end

  def send(arguments)
    cancelled(arguments) { Results.accepted(client(arguments).send_event(*event(arguments), **options(arguments))) }
  end

  def prepare(arguments)
    prepared = client(arguments).prepare_event(*event(arguments), **options(arguments))
    { blob: Bytes.write(prepared.blob), idempotency_key: prepared.idempotency_key }
  end

  def send_prepared(arguments)
    cancelled(arguments) do
      Results.accepted(client(arguments).send_prepared(Bytes.read(arguments[:blob]), **options(arguments)))
    end
  end

  def get_event(arguments)
    cancelled(arguments) do
      Results.event(client(arguments).get_event(Bytes.text(arguments[:event_id]), **options(arguments)))
    end
  end

  def stats(arguments)
    client(arguments).stats
  end

  def close(arguments)
    { unsent: client(arguments).close(timeout: seconds(arguments[:timeout_ms])) }
  end

  def submit(arguments)
    wait = { wait: seconds(arguments[:wait_ms]) }.compact
    keep(arguments, client(arguments).submit(*event(arguments), **options(arguments), **wait))
  end

  def submit_prepared(arguments)
    keep(arguments, client(arguments).submit_prepared(Bytes.read(arguments[:blob]), **options(arguments)))
  end

  def collect(arguments)
    deadline = now + seconds(arguments[:timeout_ms])
    taken = []
    loop do
      remaining = [deadline - now, 0].max
      taken += client(arguments).completions.take(arguments[:count] - taken.size, timeout: remaining)
      break if taken.size == arguments[:count] || remaining.zero?
    end
    submissions = entry(arguments).submissions
    { completions: taken.map { |submission| Results.completion(submissions.delete(submission), submission) } }
  end

  def flush(arguments)
    { remaining: client(arguments).flush(timeout: seconds(arguments[:timeout_ms])) }
  end

  def pending(arguments)
    client(arguments).pending.slice(:queued, :in_flight)
  end

  def cancel_submitted(arguments)
    entry(arguments).submissions.key(arguments[:tag])&.cancel
    {}
  end

  def purge(arguments)
    { purged: client(arguments).purge(in_flight: arguments[:in_flight]) }
  end

  private

  def entry(arguments)
    @entries.fetch(arguments[:client])
  end

  def client(arguments)
    entry(arguments).client
  end

  def keep(arguments, submission)
    entry(arguments).submissions[submission] = arguments[:tag]
    {}
  end

  def cancelled(arguments, &)
    Cancellation.apply(arguments[:cancel], &)
  end

  def event(arguments)
    [Bytes.text(arguments[:topic]), Bytes.text(arguments[:payload])]
  end

  def base(arguments)
    { api_key: Bytes.read(arguments[:api_key]), base_url: Bytes.text(arguments[:base_url]) }.compact
  end

  def options(arguments)
    { idempotency_key: Bytes.text(arguments[:idempotency_key]), ordering_key: Bytes.text(arguments[:ordering_key]),
      timeout: seconds(arguments[:timeout_ms]), headers: headers(arguments) }.compact
  end

  def headers(arguments)
    arguments[:headers]&.transform_keys(&:name)
  end

  def settings(options)
    times = options.filter_map { |name, value| timeout_setting(name, value) }.to_h
    plain(options).merge(times, backoff(options), trust(options), network(options))
  end

  def timeout_setting(name, value)
    return unless name.end_with?("_timeout_ms")

    [name == :total_timeout_ms ? :timeout : name.to_s.delete_suffix("_ms").to_sym, seconds(value)]
  end

  def backoff(options)
    base, cap = options[:backoff_ms]&.map { |milliseconds| seconds(milliseconds) }
    { backoff: base, backoff_cap: cap }.compact
  end

  def trust(options)
    roots = { true => :extra_only, false => :platform }[options[:extra_roots_only]]
    { tls_roots: roots, ca_pem: Bytes.text(options[:ca_pem]) }.compact
  end

  def network(options)
    { proxy: options[:no_proxy] ? false : Bytes.text(options[:proxy]),
      headers: headers(options), user_agent_suffix: Bytes.text(options[:user_agent_suffix]) }.compact
  end

  def plain(options)
    options.slice(:max_retries, :respect_retry_after, :idle_connections, :payload_limit, :queue_max_events,
                  :queue_max_bytes, :workers)
  end

  # A Rational: a Float would be inexact.
  def seconds(milliseconds)
    milliseconds && Rational(milliseconds, 1000)
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
