<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * A hookrail_cancel.
 *
 * @internal
 */
final class CancelToken
{
    private readonly Library $library;

    public readonly Handle $handle;

    public function __construct()
    {
        $this->library = Library::get();
        $this->handle = $this->library->obtain('cancel', 'hookrail_cancel_new');
    }

    public function fire(): void
    {
        $this->library->value('hookrail_cancel_fire', $this->handle);
    }

    public function isFired(): bool
    {
        return $this->library->value('hookrail_cancel_is_fired', $this->handle);
    }
}
