//go:build cgo

package hookrail

import "testing"

// Most failures cannot be caused from outside, and those of a newer library are not known yet.
func TestOnlyKnownErrorsHaveFinalStatuses(t *testing.T) {
	verifier, err := NewVerifier([]string{"whsec_a"}, WithMismatchStatus(503))
	if err != nil {
		t.Fatal(err)
	}
	named := map[Status]int{
		StatusBodyTooLarge:       413,
		StatusBodyIncomplete:     408,
		StatusSignatureMissing:   400,
		StatusSignatureMalformed: 401,
		StatusSignatureMismatch:  503,
		StatusTimestampTooOld:    503,
		StatusTimestampTooNew:    503,
	}
	for status := Status(1); status < 1000; status++ {
		want, ok := named[status]
		if !ok {
			want = 500
		}
		if got := verifier.rejection(&Error{Status: status}); got != want {
			t.Errorf("%s (%d): answered %d, want %d", status, status, got, want)
		}
	}
	if got := verifier.rejection(&Error{Status: StatusInvalidArgument, below: errMethod}); got != 405 {
		t.Errorf("another method: answered %d", got)
	}
}
