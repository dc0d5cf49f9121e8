/* What code for ThreadSanitizer calls since LLVM 15, for the runtimes of compilers before that:
 * their memcpy, memmove and memset tell ThreadSanitizer the same. */
#include <stddef.h>
#include <string.h>

void *__tsan_memcpy(void *to, const void *from, size_t length);
void *__tsan_memmove(void *to, const void *from, size_t length);
void *__tsan_memset(void *to, int value, size_t length);

void *__tsan_memcpy(void *to, const void *from, size_t length)
{
    return memcpy(to, from, length);
}

void *__tsan_memmove(void *to, const void *from, size_t length)
{
    return memmove(to, from, length);
}

void *__tsan_memset(void *to, int value, size_t length)
{
    return memset(to, value, length);
}
