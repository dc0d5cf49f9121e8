<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\ConfigurationException;
use Hookrail\Exception\HookrailException;

/**
 * The certificate that a client shows, and its key: both are files, or both are PEM text.
 *
 * @internal
 */
final class ClientCertificate
{
    private const PEM = '-----BEGIN ';

    private function __construct(
        private readonly Secret $certificate,
        private readonly ?Secret $key,
        private readonly bool $isText,
    ) {
    }

    /** @throws HookrailException when there is only a key, or one of them is a file and the other one a text */
    public static function of(
        #[\SensitiveParameter] ?string $certificate,
        #[\SensitiveParameter] ?string $key,
    ): ?self {
        if ($certificate === null) {
            return $key === null
                ? null
                : throw ErrorReader::configuration('clientKey is set, and clientCertificate is not');
        }
        $isText = \str_contains($certificate, self::PEM);
        if ($key !== null && \str_contains($key, self::PEM) !== $isText) {
            throw ErrorReader::configuration(
                'clientCertificate and clientKey must both be the paths of files, or both be PEM text',
            );
        }

        return new self(new Secret($certificate), $key === null ? null : new Secret($key), $isText);
    }

    /**
     * Passes them to the options of the library.
     *
     * @throws HookrailException when they do not fit
     */
    public function set(Library $library, Handle $options): void
    {
        $both = [$this->certificate->text(), $this->key?->text()];
        if ($this->isText) {
            $library->call('hookrail_client_options_set_client_certificate_pem', $options, ...$both);
        } else {
            OpenBasedir::check($both[0], 'client certificate');
            OpenBasedir::check($both[1] ?? $both[0], 'key');
            $library->call('hookrail_client_options_set_client_certificate_file', $options, ...$both);
        }
    }

    /** @return array<string, string|null> the options, without secrets */
    public function shown(): array
    {
        $show = fn (?Secret $option) => $option === null || !$this->isText ? $option?->text() : '***';

        return ['clientCertificate' => $show($this->certificate), 'clientKey' => $show($this->key)];
    }
}
