//go:build cgo && hookrail_static && !hookrail_intree

package hookrail

// The archive comes first and satisfies every reference. pkg-config then adds the folder of the archive, the system
// libraries that it needs, and the shared library, which --as-needed leaves out.

// #cgo LDFLAGS: -l:libhookrail.a -Wl,--as-needed
// #cgo pkg-config: --static hookrail
import "C"
