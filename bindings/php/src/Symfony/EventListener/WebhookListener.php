<?php

declare(strict_types=1);

namespace Hookrail\Symfony\EventListener;

use Hookrail\Exception\VerificationException;
use Hookrail\Framework\RequestReceiver;
use Hookrail\Symfony\VerifiedWebhook;
use Psr\Container\ContainerInterface;
use Psr\Log\LoggerInterface;
use ReflectionClass;
use ReflectionFunction;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Event\ControllerEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Verifies the requests to controllers with the attribute VerifiedWebhook, and to routes with the default
 * `_hookrail_webhook`. The delivery becomes the request attribute `webhook`, which is a controller's argument $webhook.
 *
 * @internal
 */
final class WebhookListener implements EventSubscriberInterface
{
    public const ROUTE_DEFAULT = '_hookrail_webhook';
    public const ATTRIBUTE = 'webhook';

    /** Before the listeners that load objects for the controller. */
    private const PRIORITY = 64;

    /** @param ContainerInterface $receivers one for each name under hookrail.webhooks */
    public function __construct(
        private readonly ContainerInterface $receivers,
        private readonly LoggerInterface $logger,
    ) {
    }

    /** @return array<string, array{string, int}> */
    public static function getSubscribedEvents(): array
    {
        return [KernelEvents::CONTROLLER => ['verify', self::PRIORITY]];
    }

    public function verify(ControllerEvent $event): void
    {
        $request = $event->getRequest();
        $name = self::attribute($event->getController())?->webhook
            ?? $request->attributes->get(self::ROUTE_DEFAULT);
        if ($name === null) {
            return;
        }
        /** @var RequestReceiver $receiver */
        $receiver = $this->receivers->get($name);
        try {
            $request->attributes->set(self::ATTRIBUTE, $receiver->receive($request));
        } catch (VerificationException $reason) {
            $this->logger->warning(RequestReceiver::REFUSED, [
                'webhook' => $name,
                'reason' => $reason->getMessage(),
                'status' => $reason->statusName(),
            ]);
            $event->setController(static fn (): Response => $receiver->refuse($reason));
        }
    }

    private static function attribute(callable $controller): ?VerifiedWebhook
    {
        $function = new ReflectionFunction($controller(...));
        $attributes = $function->getAttributes(VerifiedWebhook::class);
        $object = $function->getClosureThis();
        $class = $object !== null ? new ReflectionClass($object) : $function->getClosureScopeClass();
        // A proxy of the container, or a controller that extends another one, is as protected as its parent.
        for (; $attributes === [] && $class instanceof ReflectionClass; $class = $class->getParentClass()) {
            $attributes = $class->getAttributes(VerifiedWebhook::class);
        }

        return $attributes === [] ? null : $attributes[0]->newInstance();
    }
}
