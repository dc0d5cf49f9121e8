# frozen_string_literal: true

require "json"
require "open3"
require "rbconfig"
require "timeout"

# Ruby in its own process, for tests that would disturb this one: forks, signals, memory.
module Subprocess
  LIB = File.expand_path("../../lib", __dir__)
  Result = Struct.new(:output, :errors, :status, keyword_init: true) do
    def ok?
      status.success?
    end

    def json
      JSON.parse(output.lines.last, symbolize_names: true)
    end
  end

  module_function

  # @param code [String] a program; hookrail is in its load path
  def ruby(code, *arguments, env: {}, options: [], limit: 120)
    command = [env, RbConfig.ruby, "-W", "-I", LIB, *options, "-e", code, *arguments.map(&:to_s)]
    Open3.popen3(*command, pgroup: true) do |stdin, stdout, stderr, process|
      stdin.close
      readers = [stdout, stderr].map { |io| Thread.new { io.read } }
      finished = process.join(limit)
      Process.kill(:KILL, -process.pid) unless finished
      output, errors = readers.map(&:value)
      return Result.new(output:, errors:, status: process.value) if finished

      raise "not done after #{limit} seconds:\n#{output}\n#{errors}"
    end
  end

  # Runs a program and returns its last line of output, parsed as JSON.
  def ruby_json(code, ...)
    result = ruby(code, ...)
    raise "exit #{result.status}: #{result.errors}\n#{result.output}" unless result.ok?

    result.json
  end
end
