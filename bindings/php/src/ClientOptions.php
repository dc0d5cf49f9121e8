<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Native\ClientCertificate;
use Hookrail\Native\ExtraHeaders;
use Hookrail\Native\Secret;

/**
 * The settings of a client; null leaves the library's default. All times are in seconds.
 *
 *     new ClientOptions(totalTimeout: 5.0, maxRetries: 2, headers: ['CF-Access-Client-Id' => 'id.access'])
 */
final class ClientOptions
{
    /** A separate object, because exports and casts of an object include its private properties. */
    private readonly Secret|false|null $proxy;

    private readonly ExtraHeaders $headers;

    private readonly ?ClientCertificate $clientCertificate;

    /**
     * @param float|null        $connectTimeout    for looking up the name, connecting and TLS (5)
     * @param float|null        $readTimeout       for each wait for a part of the answer (10)
     * @param float|null        $writeTimeout      for each wait until the service takes more (10)
     * @param float|null        $totalTimeout      for a whole call, including retries and waits (30)
     * @param float|null        $deliveryTimeout   for sending a submitted event, including waits (120)
     * @param int|null          $maxRetries        how often a failed attempt is repeated (3); 10 outlast a restart of
     *                                             the service, 3 do not
     * @param float|null        $backoffBase       the upper limit of the random delay before the first retry (0.2)
     * @param float|null        $backoffCap        no delay before a retry is longer (10)
     * @param bool              $respectRetryAfter whether the service's Retry-After is the least wait
     * @param list<string>      $caFiles           PEM files of additional certificate authorities to trust
     * @param string|null       $caPem             additional certificate authorities as PEM text
     * @param bool              $systemCas         whether the system's certificate authorities are trusted
     * @param string|false|null $proxy             a URL (http, socks5, socks5h); false for none; null: the environment
     *                                             decides
     * @param int|null          $idleConnections   how many connections the pool keeps for reuse (64)
     * @param float|null        $maxConnectionAge  how long a connection is used before another replaces it, so
     *                                             that the client notices a name's new address; 0 for no limit (300)
     * @param int|null          $payloadLimit      the largest payload in bytes, 0 for no limit (262144)
     * @param string|null       $userAgentSuffix   appended to the library's own User-Agent, such as "shop/2.1"
     * @param int|null          $queueMaxEvents    how many events the producer holds: queued, being sent,
     *                                             or completed and not polled (10000)
     * @param int|null          $queueMaxBytes     how many bytes the producer's queue holds (64 MiB)
     * @param int|null          $workers           how many queued events are being sent at once at most; 1 to 4096 (64)
     * @param bool              $shared            whether objects with the same settings share one native client in
     *                                             this process, which outlives requests. The 32 last used ones
     *                                             are kept, for 5 minutes after their last use. $totalTimeout and
     *                                             $deliveryTimeout do not distinguish clients (true)
     * @param bool              $requireHttps      whether plain http is refused, unless service and proxy are on this
     *                                             machine: it lets others on the network read the API key and the
     *                                             events (false; set it in production)
     * @param bool              $requireBaseUrl    whether a missing base URL is refused, instead of using
     *                                             http://localhost:8080 (false; set it in production)
     * @param array<string, string|null> $headers  additional header fields of all requests by their names, such as
     *                                             those that a gateway before the service demands; their values are
     *                                             treated as secrets
     * @param string|null       $clientCertificate for a service or gateway that demands one: a PEM file, or PEM text.
     *                                             The certificate of the key comes first, intermediates behind it
     * @param string|null       $clientKey         its key, a file if the certificate is one, else PEM text; null: it is
     *                                             in the same file or text
     * @param string|null       $unixSocket        the absolute path of a unix socket to connect to, instead of the host
     *                                             of the base URL; a base URL unix:/path does the same
     */
    public function __construct(
        public readonly ?float $connectTimeout = null,
        public readonly ?float $readTimeout = null,
        public readonly ?float $writeTimeout = null,
        public readonly ?float $totalTimeout = null,
        public readonly ?float $deliveryTimeout = null,
        public readonly ?int $maxRetries = null,
        public readonly ?float $backoffBase = null,
        public readonly ?float $backoffCap = null,
        public readonly bool $respectRetryAfter = true,
        public readonly array $caFiles = [],
        public readonly ?string $caPem = null,
        public readonly bool $systemCas = true,
        #[\SensitiveParameter]
        string|false|null $proxy = null,
        public readonly ?int $idleConnections = null,
        public readonly ?float $maxConnectionAge = null,
        public readonly ?int $payloadLimit = null,
        public readonly ?string $userAgentSuffix = null,
        public readonly ?int $queueMaxEvents = null,
        public readonly ?int $queueMaxBytes = null,
        public readonly ?int $workers = null,
        public readonly bool $shared = true,
        public readonly bool $requireHttps = false,
        public readonly bool $requireBaseUrl = false,
        #[\SensitiveParameter]
        array $headers = [],
        #[\SensitiveParameter]
        ?string $clientCertificate = null,
        #[\SensitiveParameter]
        ?string $clientKey = null,
        public readonly ?string $unixSocket = null,
    ) {
        $this->proxy = is_string($proxy) ? new Secret($proxy) : $proxy;
        $this->headers = new ExtraHeaders($headers);
        $this->clientCertificate = ClientCertificate::of($clientCertificate, $clientKey);
    }

    /** @internal */
    public function proxy(): string|false|null
    {
        return $this->proxy instanceof Secret ? $this->proxy->text() : $this->proxy;
    }

    /** @internal */
    public function clientCertificate(): ?ClientCertificate
    {
        return $this->clientCertificate;
    }

    /** @internal */
    public function headers(): ExtraHeaders
    {
        return $this->headers;
    }

    /**
     * Returns the settings without the proxy's password, the values of the headers, and PEM texts of the certificate
     * and key.
     *
     * @return array<string, mixed>
     */
    public function __debugInfo(): array
    {
        $settings = get_object_vars($this);
        $proxy = $this->proxy();
        // Matches proxies that are no valid URLs, too: a password may contain characters that a URL may not.
        $settings['proxy'] = is_string($proxy)
            ? preg_replace('~^([a-z][a-z0-9+.-]*://)?.*@~is', '$1***@', $proxy)
            : $proxy;
        $settings += $this->clientCertificate?->shown() ?? [];
        $settings['headers'] = array_map(static fn () => '***', $this->headers->all());

        return $settings;
    }
}
