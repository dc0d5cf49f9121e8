# frozen_string_literal: true

require "json"
require "openssl"
require "optparse"

# The common parts of the benchmarks in Ruby: the command line, the measurement, and the line of JSON with the
# result.
module Bench
  API_KEY = "hk_bench"
  TOPIC = "order.paid"
  SECRET = "whsec_3q2-8rTf0mWb7yLkXc9vNs5hJd1gZp4a"
  DELIVERY_ID = "01JCD5W2Q9M5V8B2C7E4G6J0KP"

  Options = Struct.new(:url, :repetitions, :warmup, :payload)

  module_function

  # @return [Options]
  def parse_options
    options = Options.new(nil, 1, 0, nil)
    OptionParser.new do |parser|
      parser.on("--url URL") { |url| options.url = url }
      parser.on("--count N", Integer) { |count| options.repetitions = count }
      parser.on("--warmup N", Integer) { |warmup| options.warmup = warmup }
      parser.on("--payload FILE") { |path| options.payload = File.binread(path) }
    end.parse!
    options
  end

  # Repeats the operation as often as the command line says, and reports.
  def run(options, &)
    options.warmup.times(&)
    wall = clock
    cpu = cpu_time
    options.repetitions.times(&)
    puts JSON.generate(count: options.repetitions, seconds: clock - wall, cpu_seconds: cpu_time - cpu)
  end

  # @return [String] the value of hookrail-signature for a body that is delivered now
  def signature(body)
    now = Time.now.to_i
    "t=#{now},v1=#{OpenSSL::HMAC.hexdigest("SHA256", SECRET, "#{now}.#{DELIVERY_ID}.".b + body)}"
  end

  def clock
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  def cpu_time
    Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
  end
end
