//go:build cgo

package hookrail

import (
	"bytes"
	"encoding"
	"encoding/json"
	"io"
	"reflect"
)

// maxPointers ends the search for a payload behind pointers that form a circle, which encoding/json refuses.
const maxPointers = 100

var (
	rawMessageType    = reflect.TypeOf(json.RawMessage(nil))
	marshalerType     = reflect.TypeOf((*json.Marshaler)(nil)).Elem()
	textMarshalerType = reflect.TypeOf((*encoding.TextMarshaler)(nil)).Elem()
	errorType         = reflect.TypeOf((*error)(nil)).Elem()
	readerType        = reflect.TypeOf((*io.Reader)(nil)).Elem()
)

// encodePayload returns the JSON text of a payload: a json.RawMessage unchanged, anything else encoded by
// encoding/json. It refuses values whose content encoding/json would leave out or turn into base64. Unlike json.Marshal
// it leaves <, > and & as they are, so that the same event has the same bytes as in other languages.
func encodePayload(payload any) ([]byte, error) {
	value := reflect.ValueOf(payload)
	for i := 0; i < maxPointers && (value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface); i++ {
		value = value.Elem()
	}
	switch {
	case payload == nil:
		return []byte("null"), nil
	case !value.IsValid():
		return nil, invalidArgument(OutcomeNotSent,
			"the payload is a nil pointer (%T): pass nil if you mean the value null of JSON", payload)
	case value.Type() == rawMessageType:
		return value.Bytes(), nil
	}
	if reason := unsuitable(value); reason != "" {
		return nil, invalidArgument(OutcomeNotSent, "the payload (%T) %s", payload, reason)
	}
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(payload); err != nil {
		return nil, invalidArgument(OutcomeNotSent, "the payload has no JSON form: %w%s", err, instead(value.Kind()))
	}
	// The encoder adds a line break.
	return bytes.TrimSuffix(encoded.Bytes(), []byte("\n")), nil
}

// unsuitable says why a value is no payload although encoding/json encodes it, and what to pass instead; "" for other
// values.
func unsuitable(value reflect.Value) string {
	t, methods := value.Type(), value.Type()
	if value.CanAddr() {
		// It stands behind a pointer, so encoding/json uses the pointer's methods, too.
		methods = reflect.PointerTo(t)
	}
	switch {
	case encodesItself(methods):
		return ""
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && !encodesItself(reflect.PointerTo(t.Elem())):
		return "holds bytes, which encoding/json would turn into a base64 string: " +
			"pass json.RawMessage(payload) if they are JSON"
	case methods.Implements(readerType):
		return "is an io.Reader, which encoding/json does not read: read it, and pass json.RawMessage(bytes)"
	case methods.Implements(errorType) && !hasTags(t):
		return "is an error, whose text is not part of its JSON form: " +
			"pass its Error(), or a value with the members of the event"
	case t.Kind() == reflect.Struct && t.NumField() > 0 && !hasMembers(t):
		return "has no exported fields, so encoding/json would make {} of it: " +
			"pass a value with the members of the event"
	}
	return ""
}

// instead ends the message for a value that encoding/json refuses.
func instead(kind reflect.Kind) string {
	switch kind {
	case reflect.Chan:
		return ": pass a value that was received from the channel"
	case reflect.Func:
		return ": pass the result of the function"
	}
	return ""
}

// encodesItself reports whether encoding/json takes the JSON form from a method of the type.
func encodesItself(t reflect.Type) bool {
	return t.Implements(marshalerType) || t.Implements(textMarshalerType)
}

// hasTags reports whether a type was made for encoding/json: it is a struct with tags.
func hasTags(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for _, field := range reflect.VisibleFields(t) {
		if _, tagged := field.Tag.Lookup("json"); tagged && isMember(field) {
			return true
		}
	}
	return false
}

// hasMembers reports whether encoding/json encodes any field of a struct.
func hasMembers(t reflect.Type) bool {
	for _, field := range reflect.VisibleFields(t) {
		if isMember(field) {
			return true
		}
	}
	return false
}

// isMember reports whether encoding/json encodes a field. It encodes the fields of an embedded struct in its place.
func isMember(field reflect.StructField) bool {
	tag, tagged := field.Tag.Lookup("json")
	if !field.IsExported() || tag == "-" {
		return false
	}
	t := field.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return tagged || !field.Anonymous || t.Kind() != reflect.Struct
}
