<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use Hookrail\Client;
use Hookrail\ClientInterface;
use Hookrail\Framework\CompletionCollector;
use Hookrail\Framework\DoctorCommand;
use Hookrail\Laravel\Facades\Hookrail;
use Hookrail\Producer;
use Hookrail\ProducerInterface;
use Hookrail\Verifier;
use Hookrail\VerifierInterface;
use Hookrail\Webhook;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Routing\Router;
use Illuminate\Support\ServiceProvider;
use LogicException;
use Symfony\Contracts\Service\ServiceLocatorTrait;
use Symfony\Contracts\Service\ServiceProviderInterface;

/** The service provider for Laravel 8 and newer, which Laravel finds by itself. docs/php-frameworks.md describes it. */
final class HookrailServiceProvider extends ServiceProvider
{
    private const CONFIG = __DIR__ . '/../../resources/laravel/hookrail.php';
    private const MIDDLEWARE = 'hookrail.webhook';

    /** The events of a queue worker between two jobs. The component may be missing. */
    private const BETWEEN_JOBS = [
        'Illuminate\Queue\Events\JobProcessed',
        'Illuminate\Queue\Events\JobExceptionOccurred',
    ];
    private const END_OF_WORKER = 'Illuminate\Queue\Events\WorkerStopping';

    public function register(): void
    {
        $this->mergeConfigFrom(self::CONFIG, 'hookrail');
        $this->app->singleton(Factory::class, HookrailManager::class);
        // Not kept by the container, so that Hookrail::fake() replaces them at any time.
        $this->app->bind(
            ClientInterface::class,
            static fn (Application $app): ClientInterface => $app->make(Factory::class)->client(),
        );
        $this->app->bind(
            ProducerInterface::class,
            static fn (Application $app): ProducerInterface => $app->make(Factory::class)->producer(),
        );
        $this->app->bind(
            VerifierInterface::class,
            static fn (Application $app): VerifierInterface => $app->make(Factory::class)->verifier(),
        );
        $this->app->alias(ClientInterface::class, Client::class);
        $this->app->alias(ProducerInterface::class, Producer::class);
        $this->app->alias(VerifierInterface::class, Verifier::class);
        $this->app->bind(
            Webhook::class,
            static fn (Application $app): Webhook => $app->make('request')->attributes->get(Webhook::class)
                ?? throw new LogicException('the route lacks the middleware ' . self::MIDDLEWARE),
        );
        $this->app->bind(CompletionCollector::class, static fn () => new CompletionCollector(new Log()));
        $this->app->bind(DoctorCommand::class, self::doctor(...));
    }

    public function boot(): void
    {
        $this->app->make(Router::class)->aliasMiddleware(self::MIDDLEWARE, VerifyWebhook::class);
        if ($this->app->runningInConsole()) {
            $this->publishes([self::CONFIG => $this->app->configPath('hookrail.php')], 'hookrail-config');
            $this->commands([DoctorCommand::class]);
        }
        // Laravel passes the application of the request, which Octane makes anew for each.
        $this->app->terminating(static function (Application $app): void {
            self::flush($app, $app->runningInConsole());
        });
        $app = $this->app;
        $this->app->make('events')->listen(self::BETWEEN_JOBS, static function () use ($app): void {
            self::collect($app);
        });
        $this->app->make('events')->listen(self::END_OF_WORKER, static function () use ($app): void {
            self::flush($app, true);
        });
    }

    private static function flush(Application $app, bool $isEnd): void
    {
        $timeout = $app->make('config')->get('hookrail.flush_timeout');
        if ($timeout !== null && $app->resolved(Factory::class)) {
            $timeout = Settings::convert('hookrail.flush_timeout', $timeout, ['float']);
            $app->make(CompletionCollector::class)->flush($app->make(Factory::class)->producers(), $timeout, $isEnd);
        }
    }

    private static function collect(Application $app): void
    {
        if ($app->make('config')->get('hookrail.flush_timeout') !== null && $app->resolved(Factory::class)) {
            $app->make(CompletionCollector::class)->collect($app->make(Factory::class)->producers());
        }
    }

    private static function doctor(Application $app): DoctorCommand
    {
        $services = static function (string $section, string $method) use ($app): ServiceProviderInterface {
            $makers = [];
            foreach (array_keys($app->make('config')->get("hookrail.$section", [])) as $name) {
                $makers[$name] = static fn (): object => Hookrail::$method($name);
            }

            return new class ($makers) implements ServiceProviderInterface {
                use ServiceLocatorTrait;
            };
        };

        return new DoctorCommand($services('clients', 'client'), $services('webhooks', 'receiver'));
    }
}
