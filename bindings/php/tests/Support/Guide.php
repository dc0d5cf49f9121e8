<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use RuntimeException;

/** docs/php-frameworks.md. Each of its blocks of code begins with the path of its file in a project. */
final class Guide
{
    private const FILE = __DIR__ . '/../../../../docs/php-frameworks.md';
    private const SKELETONS = __DIR__ . '/../fixtures';

    private function __construct()
    {
    }

    /** @return array<string, string> the files of a framework's part, by path */
    public static function files(string $heading): array
    {
        $text = (string) file_get_contents(self::FILE);
        preg_match('/^## ' . $heading . '\n(.*?)(?=^## |\z)/ms', $text, $part);
        preg_match_all('/^```(\w+)\n(.*?)^```/ms', $part[1] ?? '', $blocks, PREG_SET_ORDER);
        $files = [];
        foreach ($blocks as [, $language, $code]) {
            if ($language === 'sh') {
                continue;
            }
            if (preg_match('~^(?://|#) (\S+)\n~', $code, $path) !== 1 || isset($files[$path[1]])) {
                throw new RuntimeException("a block does not name a file of its own:\n$code");
            }
            $files[$path[1]] = $language === 'php' ? "<?php\n\n$code" : $code;
        }

        return $files;
    }

    /**
     * Makes a project: a framework's skeleton, and files on top of it.
     *
     * @param array<string, string> $files by path
     *
     * @return string its folder
     */
    public static function project(string $skeleton, array $files): string
    {
        $project = Folder::make();
        Folder::copy(self::SKELETONS . "/$skeleton", $project);
        foreach ($files as $path => $text) {
            is_dir(dirname("$project/$path")) || mkdir(dirname("$project/$path"), recursive: true);
            file_put_contents("$project/$path", $text);
        }

        return $project;
    }
}
