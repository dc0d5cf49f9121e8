<?php

declare(strict_types=1);

namespace Hookrail\Framework;

use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Verifier;

/**
 * Makes verifiers from the settings of a framework.
 *
 * @internal
 */
final class VerifierFactory
{
    private function __construct()
    {
    }

    /**
     * @param string|list<string> $secrets a list, or a text with commas between the secrets, as in an environment
     *                                     variable
     *
     * @throws InvalidArgumentException when there is no secret, or one is not acceptable
     */
    public static function make(
        #[\SensitiveParameter] string|array $secrets,
        int $tolerance = Verifier::DEFAULT_TOLERANCE,
    ): Verifier {
        return new Verifier(is_string($secrets) ? explode(',', $secrets) : $secrets, $tolerance);
    }
}
