//go:build cgo && !hookrail_static && !hookrail_intree

package hookrail

// #cgo pkg-config: hookrail
import "C"
