//go:build cgo && hookrail_static && !hookrail_intree

package hookrail

// The archive comes first and satisfies every reference; what pkg-config adds behind it are the
// folder of the archive, the system libraries it needs, and the shared library, which --as-needed
// then leaves out.

// #cgo LDFLAGS: -l:libhookrail.a -Wl,--as-needed
// #cgo pkg-config: --static hookrail
import "C"
