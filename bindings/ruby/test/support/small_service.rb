# frozen_string_literal: true

require "openssl"
require "socket"

# Accepts every event, on a listener of the test's own: a unix socket, or a TLS server with rules of its own.
class SmallService
  ACCEPTED = %({"event_id":"e_1","delivery_ids":[]})

  # @return [Thread::Queue] what the block returned for each request: by default its first line
  attr_reader :seen

  # @param listener [#accept, #close]
  # @yieldparam connection [IO]
  # @yieldparam line [String] the first line of the request
  def initialize(listener, &look)
    @listener = listener
    @look = look || ->(_connection, line) { line }
    @seen = Thread::Queue.new
    @thread = Thread.new { serve }
  end

  def stop
    @thread.kill.join
    @listener.close
  end

  private

  def serve
    loop do
      answer(@listener.accept)
    rescue OpenSSL::SSL::SSLError, SystemCallError
      # The client has refused the server, or the server the client.
    end
  end

  def answer(connection)
    line = connection.gets or return
    length = 0
    while (field = connection.gets) && field != "\r\n"
      length = Regexp.last_match(1).to_i if field =~ /\Acontent-length: (\d+)/i
    end
    connection.read(length)
    @seen << @look.call(connection, line.chomp)
    connection.write("HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\nconnection: close\r\n" \
                     "content-length: #{ACCEPTED.size}\r\n\r\n#{ACCEPTED}")
  ensure
    connection.close
  end
end
