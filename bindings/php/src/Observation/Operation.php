<?php

declare(strict_types=1);

namespace Hookrail\Observation;

/** The kinds of calls. */
enum Operation: string
{
    case Send = 'send';
    case SendPrepared = 'send_prepared';

    /** The delivery of an event that a Producer queued. */
    case Deliver = 'deliver';

    case GetEvent = 'get_event';
}
