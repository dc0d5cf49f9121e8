<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\ClientOptions;
use Hookrail\Exception\HookrailException;

/**
 * Makes the library's clients.
 *
 * @internal
 */
final class ClientFactory
{
    private const BINDING = 'php';

    /** The beginning of base URLs that name a unix socket. */
    private const UNIX = 'unix:';

    /** Environment variables that change how a client behaves. */
    private const ENVIRONMENT = [
        'http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY',
    ];

    /** Environment variables that name files, whose content changes how a client behaves. */
    private const ENVIRONMENT_FILES = ['SSL_CERT_FILE', 'SSL_CERT_DIR'];

    /** Options that each call passes itself, so that a shared client is made without them. */
    private const OF_CALLS = ['totalTimeout', 'deliveryTimeout'];

    private const BY_CONTENT = ['caFiles', 'caPem'];

    private const DEFAULT_BACKOFF_BASE = 0.2;
    private const DEFAULT_BACKOFF_CAP = 10.0;
    private const DEFAULT_TOTAL_TIMEOUT = 30.0;
    private const TLS_ROOTS_EXTRA_ONLY = 1;

    public function __construct(private readonly Library $library)
    {
    }

    /** @throws HookrailException when the client cannot be set up as asked */
    public function create(
        #[\SensitiveParameter] ?string $apiKey,
        #[\SensitiveParameter] ?string $baseUrl,
        ClientOptions $options,
    ): Handle {
        $native = $this->options($options);
        $apiKey ??= self::variable('HOOKRAIL_API_KEY');
        $baseUrl ??= self::variable('HOOKRAIL_BASE_URL');
        $settings = [$apiKey, $baseUrl, $native];
        $apiKey ??= self::environment('HOOKRAIL_API_KEY');
        $baseUrl ??= self::environment('HOOKRAIL_BASE_URL');
        if (Restriction::isWeb()) {
            // On a web server the environment of the request counts, too: FPM puts fastcgi_param there. On the command
            // line the library reads the environment itself, and ignores it in a program with privileges.
            $settings = [$apiKey, $baseUrl, $native];
        }
        if ($baseUrl !== null && \stripos($baseUrl, self::UNIX) === 0) {
            OpenBasedir::checkFolder(\substr($baseUrl, \strlen(self::UNIX)));
        }
        if (!$options->shared) {
            return $this->library->obtain('client', 'hookrail_client_new', ...$settings);
        }
        $key = self::key($apiKey, $baseUrl, $options);

        return $this->library->obtain('client', 'hookrail_client_shared', $key, ...$settings);
    }

    /**
     * Returns a variable that the program has set in $_ENV or $_SERVER, as Symfony's and Laravel's readers of .env
     * files do, if the environment does not have it.
     *
     * PHP copies the environment to both at its start. So on the command line a variable of the environment is left to
     * the library, which ignores it in a program with privileges. Header fields of requests are in $_SERVER under names
     * that begin with HTTP_, and cannot have these names.
     */
    private static function variable(string $name): ?string
    {
        if (Restriction::isWeb() ? self::environment($name) !== null : \getenv($name, true) !== false) {
            return null;
        }
        foreach ([$_ENV[$name] ?? null, $_SERVER[$name] ?? null] as $value) {
            if (\is_string($value) && $value !== '') {
                return $value;
            }
        }

        return null;
    }

    private static function environment(string $name): ?string
    {
        $value = \getenv($name);

        return \is_string($value) && $value !== '' ? $value : null;
    }

    /**
     * Returns the key of a shared client: a digest of all settings that distinguish it, which reveals no secret.
     *
     * Settings that each call can pass itself are not part of it: times that differ from request to request would make
     * a client, and a connection, for each. Certificates and headers are not part of it either, because the library
     * compares their content.
     */
    private static function key(
        #[\SensitiveParameter] ?string $apiKey,
        #[\SensitiveParameter] ?string $baseUrl,
        ClientOptions $options,
    ): string {
        $environment = [];
        foreach (self::ENVIRONMENT as $name) {
            $environment[] = \getenv($name, true);
        }
        foreach (self::ENVIRONMENT_FILES as $name) {
            $path = \getenv($name, true);
            $environment[] = $path === false ? false : [$path, self::state($path)];
        }
        $own = \array_diff_key(\get_object_vars($options), \array_flip(self::OF_CALLS), \array_flip(self::BY_CONTENT));

        return \hash('sha256', \serialize([$apiKey, $baseUrl, $own, $options->proxy(), $environment]));
    }

    /**
     * Returns properties that change when a file is replaced. Reading all of the system's certificates in every request
     * would take too long.
     *
     * @return list<int>|null null when there is none, or PHP may not look at it
     */
    private static function state(string $path): ?array
    {
        \clearstatcache(true, $path);
        $state = @\stat($path);

        return $state === false
            ? null
            : [$state['dev'], $state['ino'], $state['size'], $state['mtime'], $state['ctime']];
    }

    private function options(ClientOptions $options): Handle
    {
        $native = $this->library->make('client_options');
        $this->setText($native, 'set_binding', self::BINDING);
        $this->setTimes($native, $options);
        $this->setRetries($native, $options);
        $this->setTrust($native, $options);
        $this->setLimits($native, $options);
        $options->headers()->add($this->library, 'hookrail_client_options_add_header', $native);
        if ($options->unixSocket !== null) {
            OpenBasedir::checkFolder($options->unixSocket);
            $this->setText($native, 'set_unix_socket', $options->unixSocket);
        }
        if ($options->userAgentSuffix !== null) {
            $this->setText($native, 'set_user_agent_suffix', $options->userAgentSuffix);
        }
        $this->set($native, 'set_require_https', $options->requireHttps);
        $this->set($native, 'set_require_base_url', $options->requireBaseUrl);
        $proxy = $options->proxy();
        if ($proxy !== null) {
            $this->setText($native, 'set_proxy', $proxy === false ? null : $proxy);
        }

        return $native;
    }

    private function setTimes(Handle $native, ClientOptions $options): void
    {
        $times = [
            'connectTimeout' => ['set_connect_timeout_ms', $options->connectTimeout],
            'readTimeout' => ['set_read_timeout_ms', $options->readTimeout],
            'writeTimeout' => ['set_write_timeout_ms', $options->writeTimeout],
            'totalTimeout' => ['set_total_timeout_ms', $options->totalTimeout],
            'deliveryTimeout' => ['set_delivery_timeout_ms', $options->deliveryTimeout],
        ];
        foreach ($times as $name => [$setter, $seconds]) {
            if ($seconds === null) {
                continue;
            }
            $milliseconds = Input::limit($seconds, $name);
            if (!$options->shared || !\in_array($name, self::OF_CALLS, true)) {
                $this->set($native, $setter, $milliseconds);
            }
        }
        if ($options->maxConnectionAge !== null) {
            $age = Input::milliseconds($options->maxConnectionAge, 'maxConnectionAge');
            $this->set($native, 'set_max_connection_age_ms', $age);
        }
    }

    private function setRetries(Handle $native, ClientOptions $options): void
    {
        if ($options->maxRetries !== null) {
            $this->set($native, 'set_max_retries', Input::int32($options->maxRetries, 'maxRetries'));
        }
        if ($options->backoffBase !== null || $options->backoffCap !== null) {
            $base = $options->backoffBase ?? self::DEFAULT_BACKOFF_BASE;
            $cap = $options->backoffCap ?? \max($base, self::DEFAULT_BACKOFF_CAP);
            $capMs = Input::milliseconds($cap, 'backoffCap');
            $this->set($native, 'set_backoff_ms', Input::milliseconds($base, 'backoffBase'), $capMs);
            if ($options->shared) {
                $this->setSharedTime($native, $cap, $capMs, $options->totalTimeout ?? self::DEFAULT_TOTAL_TIMEOUT);
            }
        }
        $this->set($native, 'set_respect_retry_after', $options->respectRetryAfter);
    }

    /**
     * The library refuses a cap over the client's total timeout. A shared client does not have this program's total
     * timeout, because each call passes it, and the result must not depend on earlier requests. So the two are compared
     * here.
     *
     * @throws HookrailException when the cap is over the total timeout
     */
    private function setSharedTime(Handle $native, float $cap, int $capMs, float $totalTimeout): void
    {
        if ($cap > $totalTimeout) {
            throw ErrorReader::configuration(
                "the cap of the backoff ($cap s) is over the total timeout ($totalTimeout s)",
            );
        }
        if ($cap > self::DEFAULT_TOTAL_TIMEOUT) {
            $this->set($native, 'set_total_timeout_ms', $capMs);
        }
    }

    private function setTrust(Handle $native, ClientOptions $options): void
    {
        foreach ($options->caFiles as $file) {
            $path = Input::text($file, 'each of caFiles');
            OpenBasedir::check($path, 'CA');
            $this->setText($native, 'add_ca_file', $path);
        }
        if ($options->caPem !== null) {
            $this->setText($native, 'add_ca_pem', $options->caPem);
        }
        $options->clientCertificate()?->set($this->library, $native);
        if (!$options->systemCas) {
            $this->set($native, 'set_tls_roots', self::TLS_ROOTS_EXTRA_ONLY);
        }
    }

    private function setLimits(Handle $native, ClientOptions $options): void
    {
        $sizes = [
            'idleConnections' => ['set_idle_connections', $options->idleConnections],
            'payloadLimit' => ['set_payload_limit', $options->payloadLimit],
            'queueMaxEvents' => ['set_queue_max_events', $options->queueMaxEvents],
            'queueMaxBytes' => ['set_queue_max_bytes', $options->queueMaxBytes],
        ];
        foreach ($sizes as $name => [$setter, $size]) {
            if ($size !== null) {
                $this->set($native, $setter, Input::size($size, $name));
            }
        }
        if ($options->workers !== null) {
            $this->set($native, 'set_workers', Input::int32($options->workers, 'workers'));
        }
    }

    private function setText(Handle $native, string $setter, #[\SensitiveParameter] ?string $text): void
    {
        $this->set($native, $setter, $text);
    }

    private function set(Handle $native, string $setter, #[\SensitiveParameter] mixed ...$values): void
    {
        $this->library->call('hookrail_client_options_' . $setter, $native, ...$values);
    }
}
