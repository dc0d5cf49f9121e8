<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use RuntimeException;

/** PHP-FPM behind nginx, as in production: Debian's programs with their own settings, on ports of the loopback. */
final class WebServer
{
    private const SCRIPT = __DIR__ . '/../fixtures/web/index.php';

    public readonly string $directory;

    public readonly string $url;

    private readonly Process $fpm;

    private readonly Process $nginx;

    /**
     * @param array<string, string> $environment of the workers
     * @param array<string, string> $ini         settings on top of PHP's defaults
     * @param array<string, string> $pool        settings of the pool
     * @param array<string, string> $parameters  that nginx gives along with each request
     * @param string                $script      what answers all requests
     * @param string|null           $user        whose the workers are; null: this process's
     */
    public function __construct(
        array $environment,
        array $ini = [],
        array $pool = [],
        private readonly array $parameters = [],
        private readonly string $script = self::SCRIPT,
        private readonly ?string $user = null,
    ) {
        $this->directory = Folder::make();
        $this->writeFpmFiles($environment, $ini, $pool);
        $this->fpm = new Process(
            [
                self::program('php-fpm8*', 'php-fpm*'), '--nodaemonize', '--allow-to-run-as-root',
                '-c', "$this->directory/php.ini", '-y', "$this->directory/fpm.conf",
            ],
            ['PHP_INI_SCAN_DIR' => '', 'LD_LIBRARY_PATH' => Library::directory()],
            "$this->directory/fpm.err",
        );
        $this->await(fn () => file_exists("$this->directory/fpm.sock"), $this->fpm);
        [$this->nginx, $this->url] = $this->startNginx();
    }

    public function __destruct()
    {
        $this->stop();
        Folder::remove($this->directory);
    }

    /** Ends FPM like `systemctl stop`, after it has finished its requests. */
    public function stop(): int
    {
        $this->nginx->signal(SIGTERM);
        $this->nginx->wait();
        $this->fpm->signal(SIGQUIT);

        return $this->fpm->wait();
    }

    /** Returns the log of FPM and its workers. */
    public function log(): string
    {
        return (string) file_get_contents("$this->directory/fpm.log")
            . file_get_contents("$this->directory/fpm.err");
    }

    /** Returns how many crashed workers FPM's log mentions. */
    public function crashes(): int
    {
        return preg_match_all('/exited on signal|exited with code [1-9]/', $this->log()) ?: 0;
    }

    /** Returns how often a worker had served its share of requests and was replaced. */
    public function recycledWorkers(): int
    {
        return preg_match_all('/exited with code 0 after/', $this->log()) ?: 0;
    }

    /**
     * @param array<string, string> $environment
     * @param array<string, string> $ini
     * @param array<string, string> $pool
     */
    private function writeFpmFiles(array $environment, array $ini, array $pool): void
    {
        $user = $this->user ?? posix_getpwuid(posix_geteuid())['name'] ?? (string) posix_geteuid();
        $ini += [
            'extension' => 'ffi',
            'zend_extension' => 'opcache',
            'log_errors' => '1',
            'display_errors' => '0',
            'error_log' => "$this->directory/php.log",
            'opcache.preload_user' => $user,
        ];
        $pool += ['pm' => 'static', 'pm.max_children' => '1'];
        $lines = ['[global]', "error_log = $this->directory/fpm.log", 'log_level = notice', '[www]',
            "user = $user", "listen = $this->directory/fpm.sock", 'catch_workers_output = yes'];
        foreach ($pool as $name => $value) {
            $lines[] = "$name = $value";
        }
        foreach ($environment as $name => $value) {
            $lines[] = "env[$name] = \"$value\"";
        }
        file_put_contents("$this->directory/fpm.conf", implode("\n", $lines) . "\n");
        $settings = '';
        foreach ($ini as $name => $value) {
            $settings .= "$name = $value\n";
        }
        file_put_contents("$this->directory/php.ini", $settings);
        touch("$this->directory/fpm.log");
        touch("$this->directory/fpm.err");
        touch("$this->directory/php.log");
        chmod("$this->directory/php.log", 0o666);
    }

    /** @return array{Process, string} nginx and its URL */
    private function startNginx(): array
    {
        // nginx cannot choose a free port itself, so another program may take the port first.
        for ($attempt = 1;; $attempt++) {
            $port = self::freePort();
            $this->writeNginxConfiguration($port);
            $nginx = new Process(
                [self::program('nginx'), '-c', "$this->directory/nginx.conf", '-e', "$this->directory/nginx.log"],
                [],
                "$this->directory/nginx.err",
            );
            try {
                $this->await(static fn () => self::listens($port), $nginx);

                return [$nginx, "http://127.0.0.1:$port"];
            } catch (RuntimeException $reason) {
                if ($attempt === 5) {
                    throw $reason;
                }
            }
        }
    }

    private function writeNginxConfiguration(int $port): void
    {
        $script = realpath($this->script);
        $user = posix_geteuid() === 0 ? 'user root;' : '';
        $parameters = '';
        foreach ($this->parameters as $name => $value) {
            $parameters .= "fastcgi_param $name $value; ";
        }
        file_put_contents("$this->directory/nginx.conf", <<<NGINX
            daemon off;
            $user
            worker_processes 1;
            pid $this->directory/nginx.pid;
            events {}
            http {
                access_log off;
                client_body_temp_path $this->directory/body;
                proxy_temp_path $this->directory/proxy;
                fastcgi_temp_path $this->directory/fastcgi;
                uwsgi_temp_path $this->directory/uwsgi;
                scgi_temp_path $this->directory/scgi;
                keepalive_requests 100000;
                client_max_body_size 16m;
                server {
                    listen 127.0.0.1:$port;
                    location / {
                        include /etc/nginx/fastcgi_params;
                        fastcgi_param SCRIPT_FILENAME $script;
                        $parameters
                        fastcgi_pass unix:$this->directory/fpm.sock;
                        fastcgi_read_timeout 60s;
                    }
                }
            }
            NGINX);
    }

    /** @param callable(): bool $isReady */
    private function await(callable $isReady, Process $process): void
    {
        $deadline = hrtime(true) + 20e9;
        while (!$isReady()) {
            if (!$process->isRunning() || hrtime(true) > $deadline) {
                $errors = array_map('file_get_contents', glob("$this->directory/*.{err,log}", GLOB_BRACE) ?: []);
                throw new RuntimeException("a server did not start:\n" . implode("\n", $errors));
            }
            usleep(5_000);
        }
    }

    private static function listens(int $port): bool
    {
        $socket = @stream_socket_client("tcp://127.0.0.1:$port");

        return $socket !== false && fclose($socket);
    }

    private static function freePort(): int
    {
        $socket = stream_socket_server('tcp://127.0.0.1:0');
        if ($socket === false) {
            throw new RuntimeException('no port of loopback is free');
        }

        return (int) substr((string) strrchr((string) stream_socket_get_name($socket, false), ':'), 1);
    }

    private static function program(string ...$patterns): string
    {
        foreach ($patterns as $pattern) {
            $found = glob("/usr/{sbin,bin}/$pattern", GLOB_BRACE) ?: [];
            if ($found !== []) {
                return $found[0];
            }
        }
        throw new RuntimeException("no $patterns[0] is installed: see packages.txt");
    }
}
