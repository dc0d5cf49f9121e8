<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use RuntimeException;

/** A connection for many requests, with separate methods for sending a request and receiving its answer. */
final class HttpConnection
{
    /** @var resource */
    private $socket;

    private readonly string $host;

    public function __construct(string $url)
    {
        $this->host = (string) preg_replace('~^http://~', '', $url);
        $socket = stream_socket_client("tcp://$this->host");
        if ($socket === false) {
            throw new RuntimeException("cannot connect to $url");
        }
        $this->socket = $socket;
        stream_set_timeout($socket, 60);
    }

    /** @param array<string, string> $headers */
    public function send(string $path, string $method = 'GET', string $body = '', array $headers = []): void
    {
        $head = "$method $path HTTP/1.1\r\nHost: $this->host\r\nContent-Length: " . strlen($body) . "\r\n";
        foreach ($headers as $name => $value) {
            $head .= "$name: $value\r\n";
        }
        fwrite($this->socket, "$head\r\n$body");
    }

    /** @return array{int, string} status and body of the next answer */
    public function receive(): array
    {
        $status = (int) explode(' ', $this->line())[1];
        $headers = [];
        while (($line = $this->line()) !== '') {
            [$name, $value] = explode(':', $line, 2);
            $headers[strtolower($name)] = trim($value);
        }

        return [$status, $this->body($headers)];
    }

    /**
     * @param array<string, string> $headers
     *
     * @return array{int, string} status and body
     */
    public static function request(
        string $url,
        string $path,
        string $method = 'GET',
        string $body = '',
        array $headers = [],
    ): array {
        $connection = new self($url);
        $connection->send($path, $method, $body, $headers);

        return $connection->receive();
    }

    /** @param array<string, string> $headers */
    private function body(array $headers): string
    {
        if (isset($headers['content-length'])) {
            $length = (int) $headers['content-length'];

            return $length === 0 ? '' : (string) stream_get_contents($this->socket, $length);
        }
        if (($headers['transfer-encoding'] ?? '') !== 'chunked') {
            return (string) stream_get_contents($this->socket);
        }
        $body = '';
        while (($size = (int) hexdec($this->line())) > 0) {
            $body .= stream_get_contents($this->socket, $size);
            $this->line();
        }
        $this->line();

        return $body;
    }

    private function line(): string
    {
        $line = fgets($this->socket);
        if ($line === false) {
            throw new RuntimeException('the web server closed the connection');
        }

        return rtrim($line, "\r\n");
    }
}
