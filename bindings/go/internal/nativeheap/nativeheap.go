// Package nativeheap tells the tests how much memory the library holds. Go's own memory is not part of it.
package nativeheap

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
static long long in_use(void) { struct mallinfo2 info = mallinfo2(); return (long long)(info.uordblks + info.hblkhd); }
#else
static long long in_use(void) { return -1; }
#endif
*/
import "C"

// InUse returns the number of bytes that C and Rust have allocated and not freed. Where the C library does not count
// them (musl, macOS), it returns false.
func InUse() (int64, bool) {
	bytes := int64(C.in_use())
	return bytes, bytes >= 0
}
