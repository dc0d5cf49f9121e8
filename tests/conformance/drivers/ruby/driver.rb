# frozen_string_literal: true

require "hookrail"
require "json"
require_relative "clients"
require_relative "results"
require_relative "verification"

# Reads requests, executes them and writes the answers.
class Driver
  PROTOCOL = 1

  def initialize
    @parts = [Verification.new, Clients.new]
  end

  def run(input, output)
    input.set_encoding(Encoding::UTF_8)
    input.each_line do |line|
      output.puts(JSON.generate(answer(JSON.parse(line, symbolize_names: true))))
      output.flush
    end
  end

  private

  def answer(request)
    id = request.delete(:id)
    command = request.delete(:command).to_sym
    { id: }.merge(carry_out(command, request))
  end

  def carry_out(command, arguments)
    return { ok: hello } if command == :hello

    part = @parts.find { |candidate| candidate.class::COMMANDS.include?(command) }
    return { unsupported: "unknown command #{command}" } unless part

    { ok: part.public_send(command, arguments) }
  rescue Hookrail::Error => e
    { error: Results.error(e) }
  rescue Cancellation::Cancelled
    { error: { status: "cancelled" } }
  end

  def hello
    { protocol: PROTOCOL, language: "ruby", version: Hookrail.library_version, cancellation: "exception",
      commands: [:hello, *@parts.flat_map { |part| part.class::COMMANDS }] }
  end
end
