<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use Hookrail\ClientInterface;
use Hookrail\Exception\HookrailException;
use Hookrail\Framework\RequestReceiver;
use Hookrail\ProducerInterface;
use Hookrail\VerifierInterface;

/** Gives clients, producers and verifiers by their names in config/hookrail.php. */
interface Factory
{
    /**
     * @param string|null $name null: the default one
     *
     * @throws HookrailException when there is none of that name, or it cannot be made as it is configured
     */
    public function client(?string $name = null): ClientInterface;

    /**
     * @param string|null $name of its client; null: the default one
     *
     * @throws HookrailException as client() does
     */
    public function producer(?string $name = null): ProducerInterface;

    /**
     * @param string $name of the webhook
     *
     * @throws HookrailException when there is none of that name, or it cannot be made as it is configured
     */
    public function verifier(string $name = 'default'): VerifierInterface;

    /**
     * Returns the verifier for requests, with the webhook's other settings.
     *
     * @throws HookrailException as verifier() does
     */
    public function receiver(string $name = 'default'): RequestReceiver;

    /**
     * Returns the producers that were asked for in this process.
     *
     * @return list<ProducerInterface>
     */
    public function producers(): array;
}
