# frozen_string_literal: true

require_relative "helper"
require "sidekiq"
require_relative "support/guide"
require_relative "support/redis_server"

# The job of docs/rails.md, run by Sidekiq itself.
class TestSidekiq < HookrailTest
  parallelize_me!

  THREADS = 2
  SUBMITTED = 4

  # What an application adds: its jobs. Retries come at once instead of after a minute.
  BOOT = <<~CODE
    require "hookrail"
    require "sidekiq/api"
    require_relative "app/jobs/send_event_job"

    class SubmitJob
      include Sidekiq::Job

      def perform(count)
        count.times { |n| Hookrail.client.submit("submitted", { n: }) }
      end
    end

    Hookrail.configure(max_retries: 0, timeout: 60)
    Sidekiq.configure_server do |config|
      config.on(:startup) do
        Thread.new { loop { [Sidekiq::RetrySet.new.retry_all, sleep(0.05)] } }
        puts "started"
      end
    end
  CODE

  def setup
    @folder = Dir.mktmpdir
    File.write(File.join(@folder, "boot.rb"), BOOT)
    Guide.write(@folder, ["app/jobs/send_event_job.rb"])
    @redis = RedisServer.new
    Sidekiq.redis = { url: @redis.url }
  end

  def teardown
    @redis.stop
    FileUtils.rm_rf(@folder)
    super
  end

  def start_sidekiq
    env = { "REDIS_URL" => @redis.url, "HOOKRAIL_API_KEY" => API_KEY, "HOOKRAIL_BASE_URL" => server.url }
    command = [RbConfig.ruby, "-W0", "-I", Subprocess::LIB, "-S", "sidekiq", "--require", "./boot.rb", "--timeout", "1",
               "--concurrency", THREADS.to_s]
    io = IO.popen([env, *command, { chdir: @folder, err: %i[child out], pgroup: true }])
    output = +""
    output << (io.gets || raise("sidekiq ended:\n#{output}")) until output.end_with?("started\n")
    io
  end

  # Ends Sidekiq as an operator does, and returns its output.
  def stop(sidekiq)
    Process.kill(:TERM, sidekiq.pid)
    sidekiq.read
  ensure
    sidekiq.close
  end

  # @return [String] the id of the job
  def enqueue(name, *arguments)
    Sidekiq::Client.push("class" => name, "args" => arguments)
  end

  def test_a_job_that_runs_again_records_its_event_once_also_after_a_shutdown
    # The first answer is lost: Sidekiq runs the job again.
    server.faults({ reset: "after_recording" })
    sidekiq = start_sidekiq
    repeated = enqueue("SendEventJob", "order.paid", { "order" => 1 })
    server.wait(requests: 2)
    enqueue("SendEventJob", "", {})
    # Ends while submitted events are being sent, and while jobs wait for the service. Each thread has such a job:
    # Sidekiq may lose a job that it puts back while a thread of the same process waits for the next.
    server.faults({ status: 503, delay_ms: 3000, times: SUBMITTED }, { delay_ms: 60_000, times: THREADS })
    enqueue("SubmitJob", SUBMITTED)
    server.wait(requests: 2 + SUBMITTED)
    interrupted = Array.new(THREADS) { |n| enqueue("SendEventJob", "order.paid", { "order" => n }) }
    server.wait(requests: 2 + SUBMITTED + THREADS)
    output = stop(sidekiq)
    assert_match(/ cannot be sent: .*topic/, output)
    refute_match(/hookrail: /, output)
    assert_equal SUBMITTED, server.events.count { |event| event["topic"] == "submitted" }, output

    sidekiq = start_sidekiq
    server.wait(requests: 2 + (2 * SUBMITTED) + (2 * THREADS))
    paid = server.events.select { |event| event["topic"] == "order.paid" }
    keys = [repeated, *interrupted].map { |id| "sidekiq-#{id}" }
    assert_equal(keys.sort, paid.map { |event| event["idempotency_key"] }.sort)
    assert_equal([1], paid.map { |event| event["replays"] }.uniq)
  ensure
    stop(sidekiq) unless sidekiq.nil? || sidekiq.closed?
  end
end
