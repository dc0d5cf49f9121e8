<?php

declare(strict_types=1);

namespace Hookrail\Symfony;

use Attribute;

/**
 * Lets only verified deliveries reach a controller, which takes the delivery as an argument:
 *
 *     #[Route('/webhooks/orders', methods: 'POST')]
 *     #[VerifiedWebhook]
 *     public function orders(Webhook $webhook): Response
 *
 * All other requests get the answer that Hookrail\Http\Refusal describes, such as 401.
 */
#[Attribute(Attribute::TARGET_CLASS | Attribute::TARGET_METHOD | Attribute::TARGET_FUNCTION)]
final class VerifiedWebhook
{
    /** @param string $webhook a name under hookrail.webhooks in the configuration */
    public function __construct(public readonly string $webhook = 'default')
    {
    }
}
