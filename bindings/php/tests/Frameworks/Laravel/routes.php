<?php

declare(strict_types=1);

use Hookrail\ClientInterface;
use Hookrail\Laravel\Facades\Hookrail;
use Hookrail\Laravel\VerifyWebhook;
use Hookrail\ProducerInterface;
use Hookrail\Webhook;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Route;

Route::get('/send', fn (ClientInterface $client) => $client->sendEvent('laravel', ['id' => 7])->eventId);
Route::get('/send-billing', fn () => Hookrail::client('billing')->sendEvent('laravel', ['id' => 8])->eventId);
Route::get('/submit', function (ProducerInterface $producer) {
    $producer->submit('laravel', ['id' => 9], idempotencyKey: 'submitted', tag: 9);

    return 'queued';
});
Route::get('/nothing', fn () => 'nothing');

Route::match(['GET', 'POST'], '/orders', fn (Webhook $webhook, Request $request) => [
    'delivery' => $webhook->deliveryId,
    'secret' => $webhook->verification->secretIndex,
    'body' => $request->getContent(),
])->middleware('hookrail.webhook:orders');
Route::post('/invoices', fn (Webhook $webhook) => $webhook->deliveryId)
    ->middleware(VerifyWebhook::class . ':invoices');
Route::post('/unguarded', fn (Webhook $webhook) => $webhook->deliveryId);
Route::post('/unknown', fn () => 'reached')->middleware('hookrail.webhook:misspelt');
