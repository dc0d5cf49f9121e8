# frozen_string_literal: true

# Puma in its own process, on a free port.
class Puma
  attr_reader :url

  # @param folder [String] where it runs
  def initialize(rackup, *options, env: {}, folder: Dir.pwd)
    command = [env, RbConfig.ruby, "-I", Subprocess::LIB, "-S", "puma", "--bind", "tcp://127.0.0.1:0", *options, rackup]
    @io = IO.popen(command, err: %i[child out], pgroup: true, chdir: folder)
    @output = +""
    @url = read_until(/Listening on (http\S+)/)
  end

  # Reads the output up to a line.
  def read_until(pattern)
    while (line = @io.gets)
      @output << line
      return Regexp.last_match(1) || line if line =~ pattern
    end
    raise "puma ended before #{pattern.inspect}:\n#{@output}"
  end

  # @return [String] all of its output
  def stop
    Process.kill(:TERM, @io.pid)
    @output << @io.read
    @io.close
    @output
  end
end
