# frozen_string_literal: true

require_relative "helper"
require_relative "support/guide"

# The jobs of docs/rails.md in a process for each job that ends with exit!.
class TestResque < HookrailTest
  parallelize_me!

  JOBS = <<~CODE.freeze
    require "hookrail"
    load ARGV[0]
    #{Guide.block("app/jobs/flush_events.rb")}
    #{Guide.block("app/jobs/import_job.rb")}
    class SendJob
      def self.perform(order) = Hookrail.client.send_event("order.sent", { order: })
    end

    class CarelessJob
      def self.perform(order) = Hookrail.client.submit("order.lost", { order: })
    end

    class FailingJob < ImportJob
      def self.perform(*)
        super
        raise "a fault of the job"
      end
    end
  CODE

  def work(code)
    ruby_json(JOBS + code, File.join(__dir__, "fixtures/resque.rb"),
              env: { "HOOKRAIL_API_KEY" => API_KEY, "HOOKRAIL_BASE_URL" => server.url })
  end

  def orders(topic)
    server.events.select { |event| event["topic"] == topic }.map { |event| JSON.parse(event["payload"])["order"] }.sort
  end

  def test_a_job_sends_all_that_it_submitted_before_its_process_ends
    # Only the second attempts are recorded: without a flush the process ends before them. The careless job never gets
    # an answer: it ends as soon as it has submitted.
    server.faults({ match: { topic: "order.lost" }, never_answer: true, times: "always" },
                  { status: 503, delay_ms: 300, times: 3 })
    results = work(<<~CODE)
      Hookrail.client.send_event("parent", {})
      results = [Resque.work_one_job(ImportJob, [1, 2, 3]), Resque.work_one_job(FailingJob, [4]),
                 Resque.work_one_job(SendJob, 5), Resque.work_one_job(CarelessJob, 6)]
      puts JSON.generate(results)
    CODE
    assert_equal [true, false, true, true], results
    assert_equal [1, 2, 3, 4], orders("order.imported")
    assert_equal [[5], []], [orders("order.sent"), orders("order.lost")]
  end

  def test_a_job_fails_if_an_event_is_not_sent_in_time
    server.faults({ status: 503, times: "always" })
    error = work(<<~CODE)
      FlushEvents.prepend(Module.new do
        # Does not wait for the 30 seconds of the guide.
        def around_perform_flush_events(*)
          Hookrail.client.singleton_class.prepend(Module.new { def flush(**) = super(timeout: 0.2) })
          super
        end
      end)
      reading, writing = IO.pipe
      ImportJob.define_singleton_method(:on_failure_report) { |error, *| writing.write(error.message) && writing.close }
      succeeded = Resque.work_one_job(ImportJob, [1, 2])
      writing.close
      puts JSON.generate([succeeded, reading.read])
    CODE
    assert_equal [false, "2 events were not sent"], error
  end
end
