//go:build cgo && hookrail_intree

package hookrail

// CGO_CFLAGS and CGO_LDFLAGS come before these flags, so that they can name another build. Linking the archive
// makes programs that run without LD_LIBRARY_PATH.

// #cgo CFLAGS: -I${SRCDIR}/../../include
// #cgo LDFLAGS: -L${SRCDIR}/../../target/release -l:libhookrail.a -lutil -lrt -lpthread -lm -ldl
import "C"
