<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use Illuminate\Container\Container;
use Psr\EventDispatcher\EventDispatcherInterface;

/**
 * The dispatcher of the present application, which is none of PSR-14 itself. Like Log, it does not keep the
 * application.
 *
 * @internal
 */
final class EventDispatcher implements EventDispatcherInterface
{
    public function dispatch(object $event): object
    {
        Container::getInstance()->make('events')->dispatch($event);

        return $event;
    }
}
