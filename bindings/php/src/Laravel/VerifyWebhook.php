<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use Closure;
use Hookrail\Exception\VerificationException;
use Hookrail\Framework\RequestReceiver;
use Hookrail\Webhook;
use Illuminate\Http\Request;
use Symfony\Component\HttpFoundation\Response;

/**
 * The middleware `hookrail.webhook`, which lets only verified deliveries through. The delivery is the request attribute
 * of the name Hookrail\Webhook, and an argument of that type.
 *
 *     Route::post('/webhooks/orders', fn (Webhook $webhook) => …)->middleware('hookrail.webhook:orders');
 */
final class VerifyWebhook
{
    public function __construct(private readonly Factory $factory, private readonly Log $logger)
    {
    }

    /** @param string $webhook a name under `webhooks` in config/hookrail.php */
    public function handle(Request $request, Closure $next, string $webhook = 'default'): Response
    {
        $receiver = $this->factory->receiver($webhook);
        try {
            $request->attributes->set(Webhook::class, $receiver->receive($request));
        } catch (VerificationException $reason) {
            $this->logger->warning(RequestReceiver::REFUSED, [
                'webhook' => $webhook,
                'reason' => $reason->getMessage(),
                'status' => $reason->statusName(),
            ]);

            return $receiver->refuse($reason);
        }

        return $next($request);
    }
}
