# frozen_string_literal: true

require "fileutils"
require "tmpdir"

# A Redis server on a socket of its own.
class RedisServer
  def initialize
    @folder = Dir.mktmpdir
    @io = IO.popen(["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", @folder],
                   pgroup: true)
    while (line = @io.gets)
      return if line.include?("ready to accept connections")
    end
    raise "redis-server did not start"
  end

  # @return [String]
  def url
    "unix://#{socket}"
  end

  def stop
    Process.kill(:TERM, @io.pid)
    @io.close
    FileUtils.rm_rf(@folder)
  end

  private

  def socket
    File.join(@folder, "redis.sock")
  end
end
