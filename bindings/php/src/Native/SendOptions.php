<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Cancellation;
use Hookrail\Exception\HookrailException;
use Hookrail\Outcome;

/**
 * The options of a send.
 *
 * @internal
 */
final class SendOptions
{
    private readonly ExtraHeaders $headers;

    /** @param array<array-key, string> $headers by name */
    public function __construct(
        public readonly ?string $idempotencyKey = null,
        public readonly ?string $orderingKey = null,
        public readonly ?float $timeout = null,
        public readonly ?Cancellation $cancellation = null,
        #[\SensitiveParameter]
        array $headers = [],
    ) {
        $this->headers = new ExtraHeaders($headers);
    }

    /**
     * @param bool $cancellable whether the function that gets the options accepts a cancel token in them
     *
     * @return Handle|null null if all options have their defaults
     *
     * @throws HookrailException when one of them is not acceptable
     */
    public function build(Library $library, bool $cancellable): ?Handle
    {
        $settings = [];
        if ($this->idempotencyKey !== null) {
            $settings['idempotency_key'] = $this->idempotencyKey;
        }
        if ($this->orderingKey !== null) {
            $settings['ordering_key'] = $this->orderingKey;
        }
        if ($this->timeout !== null) {
            $settings['timeout_ms'] = Input::timeout($this->timeout, Outcome::NotSent);
        }
        if ($cancellable && $this->cancellation !== null) {
            $settings['cancel'] = $this->cancellation->token()->handle;
        }
        if ($settings === [] && $this->headers->isEmpty()) {
            return null;
        }
        $native = $library->make('send_options');
        foreach ($settings as $name => $value) {
            $library->call('hookrail_send_options_set_' . $name, $native, $value);
        }
        $this->headers->add($library, 'hookrail_send_options_add_header', $native);

        return $native;
    }
}
