# frozen_string_literal: true

require "socket"

# A SOCKS5 proxy (RFC 1928, RFC 1929) that connects every client to one target.
class SocksProxy
  # @return [Thread::Queue] for each connection the host that the client asked for, and its user and password
  attr_reader :seen

  def initialize(target_port)
    @target_port = target_port
    @listener = TCPServer.new("127.0.0.1", 0)
    @seen = Thread::Queue.new
    @thread = Thread.new { loop { serve(@listener.accept) } }
  end

  def port
    @listener.addr[1]
  end

  def stop
    @thread.kill.join
    @listener.close
  end

  private

  def serve(client)
    methods = client.read(client.read(2).getbyte(1)).bytes
    credentials = methods.include?(2) ? log_in(client) : client.write("\x05\x00") && nil
    @seen << [requested_host(client), credentials]
    server = TCPSocket.new("127.0.0.1", @target_port)
    client.write("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    [[client, server], [server, client]].each { |from, to| Thread.new { relay(from, to) } }
  end

  def log_in(client)
    client.write("\x05\x02")
    client.read(1)
    credentials = Array.new(2) { client.read(client.read(1).getbyte(0)) }
    client.write("\x01\x00")
    credentials
  end

  def requested_host(client)
    host = case client.read(4).getbyte(3)
           when 1 then client.read(4).bytes.join(".")
           when 3 then client.read(client.read(1).getbyte(0))
           else client.read(16)
           end
    client.read(2)
    host
  end

  def relay(from, to)
    IO.copy_stream(from, to)
    to.close_write
  rescue IOError, SystemCallError
    # One side has closed.
  end
end
