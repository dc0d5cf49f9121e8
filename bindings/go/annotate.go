//go:build cgo && go1.24

package hookrail

// The library never calls back and keeps no pointer that it is given. So strings and results may stay on the
// stack, and a call needs no preparation for a callback. The directives apply to the whole package; they are in
// a separate file because toolchains before 1.24 do not know them.

// #include "shim.h"
// #cgo noescape hkgo_send_event
// #cgo nocallback hkgo_send_event
// #cgo noescape hkgo_prepare
// #cgo nocallback hkgo_prepare
// #cgo noescape hkgo_send_prepared
// #cgo nocallback hkgo_send_prepared
// #cgo noescape hkgo_get_event
// #cgo nocallback hkgo_get_event
// #cgo noescape hkgo_read_accepted
// #cgo nocallback hkgo_read_accepted
// #cgo noescape hkgo_read_error
// #cgo nocallback hkgo_read_error
// #cgo noescape hkgo_read_delivery
// #cgo nocallback hkgo_read_delivery
// #cgo noescape hkgo_read_attempt
// #cgo nocallback hkgo_read_attempt
// #cgo noescape hkgo_verify
// #cgo nocallback hkgo_verify
// #cgo noescape hkgo_begin
// #cgo nocallback hkgo_begin
// #cgo noescape hkgo_update
// #cgo nocallback hkgo_update
// #cgo noescape hkgo_finish
// #cgo nocallback hkgo_finish
// #cgo noescape hookrail_sign
// #cgo nocallback hookrail_sign
// #cgo noescape hookrail_explain_signature
// #cgo nocallback hookrail_explain_signature
// #cgo noescape hookrail_client_stats
// #cgo nocallback hookrail_client_stats
// #cgo noescape hookrail_client_metrics
// #cgo nocallback hookrail_client_metrics
// #cgo noescape hookrail_accepted_attempt_record
// #cgo nocallback hookrail_accepted_attempt_record
// #cgo noescape hookrail_error_attempt_record
// #cgo nocallback hookrail_error_attempt_record
// #cgo noescape hookrail_event_status_attempt_record
// #cgo nocallback hookrail_event_status_attempt_record
// #cgo noescape hkgo_read_status_records
// #cgo nocallback hkgo_read_status_records
// #cgo noescape hookrail_client_new
// #cgo nocallback hookrail_client_new
// #cgo noescape hookrail_verifier_new
// #cgo nocallback hookrail_verifier_new
// #cgo noescape hookrail_verifier_options_add_secret
// #cgo nocallback hookrail_verifier_options_add_secret
// #cgo noescape hookrail_cancel_new
// #cgo nocallback hookrail_cancel_new
// #cgo noescape hookrail_cancel_fire
// #cgo nocallback hookrail_cancel_fire
// #cgo noescape hookrail_cancel_free
// #cgo nocallback hookrail_cancel_free
// #cgo noescape hookrail_accepted_free
// #cgo nocallback hookrail_accepted_free
// #cgo noescape hookrail_accepted_delivery_id
// #cgo nocallback hookrail_accepted_delivery_id
// #cgo noescape hookrail_error_free
// #cgo nocallback hookrail_error_free
// #cgo noescape hkgo_submit_event
// #cgo nocallback hkgo_submit_event
// #cgo noescape hkgo_submit_prepared
// #cgo nocallback hkgo_submit_prepared
// #cgo noescape hkgo_collect
// #cgo nocallback hkgo_collect
// #cgo noescape hkgo_close
// #cgo nocallback hkgo_close
// #cgo noescape hookrail_cancel_submitted
// #cgo nocallback hookrail_cancel_submitted
// #cgo noescape hookrail_event_fd
// #cgo nocallback hookrail_event_fd
// #cgo noescape hookrail_pending
// #cgo nocallback hookrail_pending
// #cgo noescape hookrail_purge
// #cgo nocallback hookrail_purge
import "C"
