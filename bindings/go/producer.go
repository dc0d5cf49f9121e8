//go:build cgo

package hookrail

type producer struct{}
