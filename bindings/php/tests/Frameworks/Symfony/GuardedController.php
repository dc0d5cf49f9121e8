<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks\Symfony;

use Hookrail\Symfony\VerifiedWebhook;
use Hookrail\Webhook;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\Routing\Annotation\Route;

#[VerifiedWebhook('invoices')]
class GuardedController
{
    #[Route('/invoices')]
    public function __invoke(Webhook $webhook): Response
    {
        return new Response($webhook->deliveryId);
    }
}
