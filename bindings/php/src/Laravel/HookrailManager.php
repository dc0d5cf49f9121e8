<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use Hookrail\Client;
use Hookrail\ClientInterface;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Framework\RequestReceiver;
use Hookrail\Framework\VerifierFactory;
use Hookrail\Producer;
use Hookrail\ProducerInterface;
use Hookrail\VerifierInterface;
use Illuminate\Container\Container;

/**
 * Makes what config/hookrail.php describes, when it is asked for. The library keeps one native client for each
 * configuration in a process, also between the requests of FPM and Octane, and between jobs.
 *
 * @internal
 */
final class HookrailManager implements Factory
{
    use ForwardsCalls;

    private const CONFIG = 'hookrail';

    /** @var array<string, Client> */
    private array $clients = [];

    /** @var array<string, Producer> */
    private array $producers = [];

    /** @var array<string, VerifierInterface> */
    private array $verifiers = [];

    public function client(?string $name = null): ClientInterface
    {
        $name ??= $this->defaultClient();

        return $this->clients[$name] ??= $this->makeClient($name);
    }

    public function producer(?string $name = null): ProducerInterface
    {
        $name ??= $this->defaultClient();

        return $this->producers[$name] ??= new Producer($this->clients[$name] ??= $this->makeClient($name));
    }

    public function verifier(string $name = 'default'): VerifierInterface
    {
        return $this->verifiers[$name] ??= $this->makeVerifier($name);
    }

    public function receiver(string $name = 'default'): RequestReceiver
    {
        $settings = $this->settings("webhooks.$name", ['body_limit', 'mismatch_status']);

        return new RequestReceiver($this->verifier($name), ...$settings);
    }

    /** @return list<ProducerInterface> */
    public function producers(): array
    {
        return array_values($this->producers);
    }

    public function defaultClient(): string
    {
        return (string) self::config('default', 'default');
    }

    private function makeClient(string $name): Client
    {
        $settings = $this->section("clients.$name");
        $access = array_intersect_key($settings, ['api_key' => true, 'base_url' => true]);
        $options = Settings::options(self::CONFIG . ".clients.$name", array_diff_key($settings, $access));

        return new Client(
            $access['api_key'] ?? null,
            $access['base_url'] ?? null,
            $options,
            new Log(),
            new EventDispatcher(),
        );
    }

    private function makeVerifier(string $name): VerifierInterface
    {
        $secrets = $this->section("webhooks.$name")['secrets'] ?? null;
        if (!is_string($secrets) && !is_array($secrets)) {
            throw InvalidArgumentException::because(
                self::CONFIG . ".webhooks.$name.secrets is not set: it has to be a secret, or a list of them",
            );
        }

        return VerifierFactory::make($secrets, ...$this->settings("webhooks.$name", ['tolerance']));
    }

    /**
     * @param list<string> $names
     *
     * @return array<string, int> named arguments
     */
    private function settings(string $section, array $names): array
    {
        $settings = array_intersect_key($this->section($section), array_flip($names));
        $arguments = [];
        foreach (array_filter($settings, static fn (mixed $value): bool => $value !== null) as $name => $value) {
            $argument = Settings::camelCase($name);
            $arguments[$argument] = Settings::convert(self::CONFIG . ".$section.$name", $value, ['int']);
        }

        return $arguments;
    }

    /** @return array<string, mixed> */
    private function section(string $path): array
    {
        $section = self::config($path);
        if (!is_array($section)) {
            throw InvalidArgumentException::because("config/hookrail.php has no $path");
        }

        return $section;
    }

    /** The configuration is not kept here, because a dump of this object would show the keys in it. */
    private static function config(string $path, mixed $default = null): mixed
    {
        return Container::getInstance()->make('config')->get(self::CONFIG . ".$path", $default);
    }
}
