//go:build !cgo

package hookrail

// The compiler's error about this name is the message: all other files of the package need cgo.
var _ = hookrail_needs_cgo_SET_CGO_ENABLED_1_AND_INSTALL_A_C_COMPILER_AND_LIBHOOKRAIL
