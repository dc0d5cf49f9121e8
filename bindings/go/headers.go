//go:build cgo

package hookrail

import (
	"net/http"
	"sort"
	"strings"
)

// signatureHeader returns the signature. If a gateway has split the header at its commas, it arrives as a list, and
// joining the list restores it. Two whole signatures cannot be joined to a valid one: a second timestamp is
// malformed.
func signatureHeader(h http.Header) (string, error) {
	values := headerValues(h, HeaderSignature)
	if len(values) == 0 {
		return "", missingHeader(HeaderSignature)
	}
	return strings.Join(values, ","), nil
}

// soleHeader returns the value of a header that must occur exactly once.
func soleHeader(h http.Header, name string) (string, error) {
	switch values := headerValues(h, name); len(values) {
	case 0:
		return "", missingHeader(name)
	case 1:
		return values[0], nil
	default:
		return "", &Error{Status: StatusSignatureMalformed, Message: "the request has more than one " + name + " header"}
	}
}

// firstHeader returns the first value of a header, or "".
func firstHeader(h http.Header, name string) string {
	if values := headerValues(h, name); len(values) > 0 {
		return values[0]
	}
	return ""
}

func missingHeader(name string) error {
	return &Error{Status: StatusSignatureMissing, Message: "the request has no " + name + " header"}
}

// headerValues returns the values of a header in each spelling of its name. net/http makes all names canonical, but
// adapters that fill a header as a map (for serverless functions or CGI) do not.
func headerValues(h http.Header, name string) []string {
	var spellings []string
	for key := range h {
		if namesHeader(key, name) {
			spellings = append(spellings, key)
		}
	}
	if len(spellings) == 1 {
		return h[spellings[0]]
	}
	// Sorts, because the order of a map is random.
	sort.Strings(spellings)
	var values []string
	for _, key := range spellings {
		values = append(values, h[key]...)
	}
	return values
}

// namesHeader reports whether key is name in any case, with underscores instead of hyphens, or with CGI's HTTP_ in
// front.
func namesHeader(key, name string) bool {
	const prefix = "http-"
	if sameName(key, name) {
		return true
	}
	return len(key) > len(prefix) && sameName(key[:len(prefix)], prefix) && sameName(key[len(prefix):], name)
}

func sameName(key, name string) bool {
	if len(key) != len(name) {
		return false
	}
	for i := 0; i < len(key); i++ {
		if plain(key[i]) != plain(name[i]) {
			return false
		}
	}
	return true
}

func plain(b byte) byte {
	switch {
	case b == '_':
		return '-'
	case 'A' <= b && b <= 'Z':
		return b + ('a' - 'A')
	}
	return b
}
