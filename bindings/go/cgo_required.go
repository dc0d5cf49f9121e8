//go:build !cgo

package hookrail

// The compiler's complaint about this name is the message: every other file of the package needs cgo.
var _ = hookrail_needs_cgo_SET_CGO_ENABLED_1_AND_INSTALL_A_C_COMPILER_AND_LIBHOOKRAIL
